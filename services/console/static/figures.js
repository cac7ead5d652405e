// Maps: levels by buttons, nearer by wheel, buttons or two fingers' wheel, moved by dragging. What is drawn anew stays where it was.
(() => {
  const LEVELS = [["subdistrict", 1], ["community", 1.6], ["grid", 2.6]];
  const NEAREST = 8;
  let view = null, level = null, drag = null, moved = false;
  const whole = (map) => map.dataset.whole.split(" ").map(Number);
  const draw = (map) => {
    map.dataset.whole ||= map.getAttribute("viewBox");
    const [, , width, height] = whole(map);
    view ||= { x: 0, y: 0, k: 1 };
    const w = width / view.k, h = height / view.k;
    view.x = Math.min(Math.max(view.x, 0), width - w);
    view.y = Math.min(Math.max(view.y, 0), height - h);
    map.setAttribute("viewBox", `${view.x} ${view.y} ${w} ${h}`);
    map.style.setProperty("--k", 1 / view.k);
    const there = LEVELS.filter(([name]) => map.querySelector(`.layer.${name}`));
    const fitting = level || there.filter(([, from]) => view.k >= from).at(-1)?.[0] || there[0]?.[0];
    map.dataset.level = fitting;
    const card = map.closest("[data-map]");
    card.dataset.level = fitting;
    for (const button of card.querySelectorAll("button[data-level]")) button.setAttribute("aria-pressed", button.dataset.level === fitting);
  };
  const at = (map, event) => {
    const box = map.getBoundingClientRect();
    const [, , w, h] = map.getAttribute("viewBox").split(" ").map(Number);
    return { x: (event.clientX - box.left) / box.width * w, y: (event.clientY - box.top) / box.height * h, scale: w / box.width };
  };
  const zoom = (map, by, point) => {
    const k = Math.min(Math.max(view.k * by, 1), NEAREST), [, , width, height] = whole(map);
    const here = point || { x: width / view.k / 2, y: height / view.k / 2 };
    view.x += here.x * (1 - view.k / k);
    view.y += here.y * (1 - view.k / k);
    view.k = k;
    level = null;
    draw(map);
  };
  const mapOf = (event) => event.target.closest?.("[data-map] .map");
  document.addEventListener("wheel", (e) => {
    const map = mapOf(e);
    if (!map || (view.k === 1 && e.deltaY > 0)) return;
    e.preventDefault();
    zoom(map, Math.exp(-e.deltaY / 500), at(map, e));
  }, { passive: false });
  document.addEventListener("pointerdown", (e) => {
    const map = mapOf(e);
    moved = false;
    drag = map && e.button === 0 ? { map, x: e.clientX, y: e.clientY, from: { ...view } } : null;
  });
  document.addEventListener("pointermove", (e) => {
    if (!drag || !drag.map.isConnected) return;
    const dx = e.clientX - drag.x, dy = e.clientY - drag.y;
    if (Math.hypot(dx, dy) < 5 && !moved) return;
    moved = true;
    const { scale } = at(drag.map, e);
    view.x = drag.from.x - dx * scale;
    view.y = drag.from.y - dy * scale;
    draw(drag.map);
  });
  document.addEventListener("pointerup", () => { drag = null; });
  document.addEventListener("dragstart", (e) => { if (mapOf(e)) e.preventDefault(); });
  document.addEventListener("click", (e) => {
    if (moved && mapOf(e)) { e.preventDefault(); e.stopPropagation(); moved = false; return; }
    const button = e.target.closest?.("[data-map] button");
    if (!button) return;
    const map = button.closest("[data-map]").querySelector(".map");
    if (button.dataset.level) { level = button.dataset.level; draw(map); }
    if (button.dataset.zoom === "whole") { view = null; level = null; draw(map); }
    if (button.dataset.zoom === "in") zoom(map, 1.6);
    if (button.dataset.zoom === "out") zoom(map, 1 / 1.6);
  }, true);
  new MutationObserver(() => {
    const map = document.querySelector("[data-map] .map:not([data-whole])");
    if (map) draw(map);
    else if (!document.querySelector("[data-map]")) view = level = null;
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
