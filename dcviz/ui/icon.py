"""The sign of the lab: two interleaved arcs. Drawn here, so that no page asks another server for it."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="5" '
    'stroke-linecap="round"><path d="M4 20a8 8 0 0 1 16 0" stroke="#0072B2"/>'
    '<path d="M12 13a8 8 0 0 0 16 0" stroke="#D55E00"/></svg>'
)
