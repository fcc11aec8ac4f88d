"""A campaign against dispatch: riders and devices, and whatever is killed meanwhile; then what must hold is counted.

``traffic`` makes what devices send, ``account`` keeps what clients were answered, ``oracle`` says how it must end,
and ``holds`` and ``verdict`` judge; none of them asks the platform or uses its code. ``clients``, ``kills`` and
``evidence`` do.
"""
