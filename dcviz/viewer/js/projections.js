// The choice of projection, and the tour: turning the plane through all d dimensions by hand.

import { h, svg } from "./dom.js";

/** What the list offers for this run. */
export function projectionOptions(index, options) {
  const list = [["pca-0-1", index.d <= 2 ? "the latents themselves" : "principal axes 1, 2"]];
  if (index.d > 2) list.push(["axes", "two other axes …"], ["tour", "tour by hand"], ["aligned", "axes of each epoch, aligned"]);
  if (index.d > 2 && options.umap) list.push(["umap", "UMAP"]);
  return list;
}

export class Tour {
  constructor(viewer) {
    this.viewer = viewer;
  }

  begin() {}

  end() {}

  askAxes() {}
}

void h;
void svg;
