"""Texts that run a script where a page takes them for markup, for an address or for code."""

from __future__ import annotations

RUN = "hacked()"
"""What every payload calls; a page under test defines it, see `WATCH`."""

WATCH = "window.hacked = () => console.error('a payload ran')"

PAYLOADS: tuple[str, ...] = (
    "<script>hacked()</script>",
    "<ScRiPt>hacked()</sCrIpT>",
    "</script><script>hacked()</script>",
    "<script src=data:,hacked()></script>",
    "<scr<script>ipt>hacked()</scr</script>ipt>",
    "<img src=x onerror=hacked()>",
    "<img/src=x/onerror=hacked()>",
    '"><img src=x onerror=hacked()>',
    "'><img src=x onerror=hacked()>",
    "<img src=x:x onerror=hacked()//",
    "<svg onload=hacked()>",
    "<svg/onload=hacked()>",
    "<svg><script>hacked()</script></svg>",
    "<svg><animate onbegin=hacked() attributeName=x dur=1s>",
    "<svg><a href=javascript:hacked()><text y=9>x</text></a></svg>",
    "<body onload=hacked()>",
    "<body onpageshow=hacked()>",
    "<iframe src=javascript:hacked()>",
    "<iframe srcdoc='<script>parent.hacked()</script>'>",
    "<iframe onload=hacked()>",
    "<object data=javascript:hacked()>",
    "<embed src=javascript:hacked()>",
    "<math><mi xlink:href=javascript:hacked()>x</mi></math>",
    "<input autofocus onfocus=hacked()>",
    "<select autofocus onfocus=hacked()>",
    "<textarea autofocus onfocus=hacked()>",
    "<details open ontoggle=hacked()>x</details>",
    "<video><source onerror=hacked()></video>",
    "<audio src=x onerror=hacked()>",
    "<marquee onstart=hacked()>x</marquee>",
    "<style>@import 'javascript:hacked()'</style>",
    "<link rel=stylesheet href=x onerror=hacked()>",
    "<meta http-equiv=refresh content='0;javascript:hacked()'>",
    "<a href=javascript:hacked() autofocus>x</a>",
    "<form action=javascript:hacked()><button autofocus>x",
    "<template><script>hacked()</script></template>",
    "javascript:hacked()",
    "{{constructor.constructor('hacked()')()}}",
    "${hacked()}",
    '";hacked();//',
)
"""Short enough for every name of the platform (64 characters)."""
