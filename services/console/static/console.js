// Keys: Ctrl-K finds; j, k and Enter walk through a list; arrows through what was found.
(() => {
  const typing = (at) => at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  const move = (links, step) => {
    if (!links.length) return;
    const now = links.findIndex((link) => link.closest("tr, li").classList.contains("at") || link.classList.contains("at"));
    const next = links[Math.max(0, Math.min(links.length - 1, now + step))];
    links.forEach((link) => (link.classList.remove("at"), link.closest("tr")?.classList.remove("at")));
    (next.closest("tr") || next).classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    return next;
  };
  const chosen = (links) => links.find((link) => link.classList.contains("at") || link.closest("tr")?.classList.contains("at"));
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
      e.preventDefault();
      emitEvent("palette");
      return;
    }
    const found = [...document.querySelectorAll("#found a")];
    if (found.length && document.querySelector(".palette, .q-dialog")) {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); move(found, e.key === "ArrowDown" ? 1 : -1); }
      if (e.key === "Enter") { e.preventDefault(); (chosen(found) || found[0]).click(); }
      return;
    }
    if (typing(document.activeElement) || e.ctrlKey || e.metaKey || e.altKey || document.querySelector(".q-dialog")) return;
    const rows = [...document.querySelectorAll(".rows .title")];
    if (e.key === "j" || e.key === "k") { e.preventDefault(); move(rows, e.key === "j" ? 1 : -1); }
    if (e.key === "Enter" && document.activeElement === document.body) chosen(rows)?.click();
    if (e.key === "/") { e.preventDefault(); emitEvent("palette"); }
  });
  document.addEventListener("click", (e) => {
    if (e.target.closest(".nav-link")) document.getElementById("frame")?.classList.remove("open");
  });
})();
