"""Public links to a listing, for whoever has one: no sign-in, only what everybody may see of a live listing."""
