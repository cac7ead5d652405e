// The wall screen: shows what the console gives, asks anew when something changes, and says since when it could not.
(() => {
  const place = document.getElementById("wall"), clock = document.getElementById("wall-clock");
  const live = document.getElementById("wall-live"), off = document.getElementById("wall-off");
  const SOON = 1000, AGAIN = 3000, ANYWAY = 30000, PATIENCE = 10000;
  let known = "", ahead = 0, timer = 0, due = Infinity, asked = 0, asking = false, wanted = false, stream = null;

  const well = () => {
    off.hidden = true;
    live.className = "live on";
    live.textContent = place.dataset.live;
  };
  const broken = (text, out = false) => {
    off.firstElementChild.textContent = text.replace("{at}", known);
    off.lastElementChild.hidden = !out;
    off.hidden = false;
    live.className = "live off";
    live.textContent = "";
  };
  // The soonest wins, and no two within a second: changes that come one after the other put nothing off.
  const later = (wait) => {
    const at = Math.max(Date.now() + wait, asked + SOON);
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(ask, at - Date.now());
  };
  const take = async (answer) => {
    place.innerHTML = await answer.text();
    const shown = place.firstElementChild;
    known = shown.dataset.at;
    ahead = Number(shown.dataset.epoch) - Date.now();
    for (const link of place.querySelectorAll("a")) link.tabIndex = -1;
    well();
  };
  async function ask() {
    due = Infinity;
    if (asking) { wanted = true; return; }
    asking = true;
    wanted = false;
    asked = Date.now();
    let wait = ANYWAY;
    try {
      const answer = await fetch("/wall/now", { signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
      if (answer.ok) await take(answer);
      else {
        broken(answer.status === 401 ? document.body.dataset.out : document.body.dataset.refused, answer.status === 401);
        wait = AGAIN;
      }
    } catch {
      broken(document.body.dataset.off);
      wait = AGAIN;
    }
    asking = false;
    later(wanted ? SOON : wait);
  }
  const follow = () => {
    stream = new EventSource("/wall/changes");
    for (const kind of ["ready", "change", "anew"]) stream.addEventListener(kind, () => later(0));
    stream.onerror = () => {
      later(0);
      if (stream.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN);
    };
  };
  const tick = () => {
    if (known) clock.textContent = new Date(Date.now() + ahead).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
  };
  setInterval(tick, 1000);
  addEventListener("offline", () => broken(document.body.dataset.off));
  addEventListener("online", () => later(0));
  ask();
  follow();
})();
