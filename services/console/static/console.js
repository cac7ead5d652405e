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

// An inclusion proof (RFC 6962, section 2.1.1), worked out here and drawn from the leaf up to the root.
const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const textOf = (bytes) => btoa(String.fromCharCode(...bytes));
const hashed = async (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
};
const joined = (left, right) => hashed(Uint8Array.of(1), left, right);
const short = (hash) => textOf(hash).slice(0, 10) + "…";

async function checkProof() {
  const place = document.getElementById("proof");
  if (!place) return;
  const { index, size, leaf, entry, hashes, root } = place.dataset;
  const list = document.createElement("ol");
  list.className = "proof";
  const row = (text, hash, kind) => {
    const item = document.createElement("li");
    item.className = kind;
    item.append(Object.assign(document.createElement("span"), { textContent: text }), Object.assign(document.createElement("code"), { textContent: short(hash) }));
    list.prepend(item);
  };
  let now = bytesOf(leaf);
  let sound = true;
  if (entry) {
    const own = await hashed(Uint8Array.of(0), bytesOf(entry));
    sound = textOf(own) === leaf;
    row(sound ? place.dataset.leafHolds : place.dataset.leafFails, own, sound ? "good" : "bad");
  }
  let node = Number(index), last = Number(size) - 1;
  for (const text of hashes.split(" ").filter(Boolean)) {
    const other = bytesOf(text);
    if (node % 2 === 1 || node === last) {
      now = await joined(other, now);
      while (node % 2 === 0 && node !== 0) { node = Math.floor(node / 2); last = Math.floor(last / 2); }
    } else {
      now = await joined(now, other);
    }
    row(place.dataset.with + " " + text.slice(0, 10) + "…", now, "");
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const holds = sound && last === 0 && textOf(now) === root;
  place.append(list);
  const verdict = document.getElementById("proof-verdict");
  verdict.textContent = holds ? place.dataset.holds : place.dataset.fails;
  verdict.className = "clock " + (holds ? "green" : "lapsed");
}
