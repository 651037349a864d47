// How the viewer looks beside cursor and thresholds, told to Python and asked for by the page (an address, a link).

/** Color, plane, camera and selection, as Python reads them. */
export function lookOf(viewer) {
  const { state, tour, points, camera } = viewer;
  return {
    color: state.color, projection: tour.active ? tour.name : state.projection, camera: camera.place,
    selection: points.count ? points.bits : "", selected: points.count,
  };
}

/** Look as the page asks; what it does not name stays as it is. */
export function wear(viewer, look) {
  if (!look) return;
  const { color, projection, camera, selection } = look;
  if (color && [...viewer.parts.color.options].some((option) => option.value === color) && color !== viewer.state.color) viewer.set({ color });
  if (projection?.startsWith("tour")) viewer.tour.begin(projection.split("_").slice(1).map((part) => Number(part) / 1000));
  else if (projection && (projection !== viewer.state.projection || viewer.tour.active)) viewer.setProjection(projection);
  if (camera) {
    viewer.placeWanted = camera.split(",").map(Number);
    viewer.camera.restore();
  }
  if (selection && selection !== viewer.points.bits) viewer.points.wear(selection);
}
