"""The address of the present view, to copy; and a word about what an address from elsewhere asks in vain."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dcviz.ui import address, view
from dcviz.ui.chart import FORMAT

_CSS = """
button { font: inherit; color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 0.3rem 0.8rem;
  cursor: pointer; }
"""
_JS = """
// Clipboards are for secure pages only; elsewhere the old way still works in every browser.
function oldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export default function({ parentElement }) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy link";
  button.onclick = async () => {
    let done = true;
    try { await navigator.clipboard.writeText(location.href); } catch { done = oldWay(location.href); }
    button.textContent = done ? "Copied" : "Copy the text below";
    setTimeout(() => { button.textContent = "Copy link"; }, 2500);
  };
  parentElement.querySelector("button")?.remove(); // an earlier call is not always ended before the next
  parentElement.append(button);
  return () => button.remove();
}
"""


def offer() -> None:
    """A small popover: the link to this view (its box copies it), and how figures are saved."""
    with st.popover("Copy link", type="tertiary", icon=":material/link:", key="share"):
        st.caption(
            "All that is shown now: run, epoch, thresholds, colors, plane, camera, selection and what is "
            "chosen on this page. It opens for whoever reaches this lab; the corner of the box copies it."
        )
        copy_button()
        page = {key: st.query_params[key] for key in st.query_params if key not in address.KEYS}
        st.code(link(st.context.url or "", {**address.query(), **page}), language=None, wrap_lines=True)
        left_out = view.left_out()
        if left_out:
            st.caption(left_out)
        st.radio(
            "The camera above each figure saves it as", ["png", "svg"], key=FORMAT, horizontal=True,
            persist_state="session",
            help="SVG stays sharp at any size. PDF, numbers and Python: Save, below each figure.",
        )  # fmt: skip


def copy_button() -> None:
    """A button that copies the address bar as it is at that moment."""
    component = st.components.v2.component("dcviz_copy_link", css=_CSS, js=_JS)
    component(key="copy_link")


def link(base: str, view: dict[str, str]) -> str:
    """The address of a view.

    Args:
        base: of the page, without a query.
        view: address keys and their values.
    """
    return f"{base}?{urlencode(view)}" if view else base
