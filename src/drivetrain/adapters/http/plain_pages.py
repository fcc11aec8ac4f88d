"""Small pages for everybody that need no script, no sign-in and nothing else, under a strict policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from html import escape
from types import MappingProxyType

from starlette.responses import Response

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; } dt { opacity: .75; } dd { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; } img { max-width: 100%; height: auto; }
button, .button { font: inherit; display: inline-block; min-height: 2.75rem; padding: .5rem 1.25rem; }
.price { font-size: 1.4rem; font-weight: 600; } p, dd { overflow-wrap: anywhere; }
"""
_DIGEST = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
_POLICY: Mapping[str, str] = MappingProxyType(
    {
        "default-src": "'none'",
        "style-src": _DIGEST,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
)
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
    }
)
_RIGHT_TO_LEFT = frozenset({"ar"})


def plain_page(
    title: str,
    parts: Sequence[str],
    *,
    language: str,
    head: Sequence[str] = (),
    policy: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
) -> Response:
    """A whole page.

    Args:
        title: as text.
        parts, head: as HTML; whoever makes them escapes what they hold.
        policy: directives that the page needs beside those that allow nothing.
    """
    direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
    content = (
        f'<!doctype html>\n<html lang="{escape(language)}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        + "".join(f"{line}\n" for line in head)
        + f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )
    rules = "; ".join(f"{name} {value}" for name, value in {**_POLICY, **policy}.items())
    headers = {**_HEADERS, "Content-Security-Policy": rules, "Vary": "Accept-Language"}
    return Response(content, status, media_type="text/html", headers=headers)


def preferred_language(accept_language: str, known: Collection[str], usual: str = "en") -> str:
    """Which of some languages a browser asks for most (RFC 9110, section 12.5.4)."""
    wanted = []
    for part in accept_language[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), tag.lower().partition("-")[0]))
        except ValueError:
            continue
    asked = [tag for weight, tag in sorted(wanted, key=lambda each: each[0]) if weight < 0]
    return next((tag for tag in asked if tag in known), usual)
