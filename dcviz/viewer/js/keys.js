// Every action by keyboard. Keys do nothing while one types into a field.

export const KEYS = [
  [",", "one stored epoch back", "ArrowLeft"], [".", "one stored epoch on", "ArrowRight"], ["Home", "first epoch"], ["End", "last epoch"],
  ["space", "play or pause"], ["[", "slower"], ["]", "faster"], ["s", "to the switch of phases"],
  ["f", "show everything"], ["e", "fit this epoch"], ["+", "closer"], ["-", "farther"], ["Shift+arrows", "move the picture"],
  ["c", "next color"], ["p", "small multiples"], ["t", "trails of the selected"], ["d", "color by the way moved since this epoch"], ["v", "move tool"], ["l", "lasso"], ["b", "box"],
  ["g", "go to a point"], ["x", "select border points"], ["Esc", "clear the selection"], ["?", "this list"],
];

const PAN = { ArrowLeft: [-40, 0], ArrowRight: [40, 0], ArrowUp: [0, -40], ArrowDown: [0, 40] };

/** Run the action of a key; true if it was one of ours. */
export function pressed(viewer, event) {
  const target = event.composedPath()[0];
  if (event.ctrlKey || event.metaKey || target.matches?.("input[type=number], input[type=text], textarea, select")) return false;
  const range = target.matches?.("input[type=range]");
  if (range && /^(Arrow|Home|End|Page)/.test(event.key)) return false;
  if (target.matches?.("button") && (event.key === " " || event.key === "Enter")) return false;
  if (event.shiftKey && PAN[event.key]) { viewer.camera.panBy(...PAN[event.key]); return true; }
  const action = {
    ",": () => viewer.stepBy(-1), ".": () => viewer.stepBy(1), ArrowLeft: () => viewer.stepBy(-1), ArrowRight: () => viewer.stepBy(1),
    Home: () => viewer.toEnd(0), End: () => viewer.toEnd(1), " ": () => viewer.toggle(), "[": () => viewer.faster(-1), "]": () => viewer.faster(1),
    s: () => viewer.toSwitch(), f: () => viewer.camera.home(), e: () => viewer.camera.fitEpoch(), "+": () => viewer.camera.zoomBy(1.25), "=": () => viewer.camera.zoomBy(1.25),
    "-": () => viewer.camera.zoomBy(0.8), c: () => viewer.nextColor(), p: () => viewer.toggleStory(), t: () => viewer.toggleTrails(), d: () => viewer.measureFromHere(),
    v: () => viewer.setTool("pan"), l: () => viewer.setTool("lasso"), b: () => viewer.setTool("box"), g: () => viewer.points.askPoint(),
    x: () => viewer.points.select({ only: "border" }), Escape: () => viewer.escape(), "?": () => viewer.help(),
  }[event.key];
  if (!action) return false;
  action();
  return true;
}
