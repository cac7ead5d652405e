// Drafts (decision 27): what somebody has begun to write lies in this tab's own storage, which ends with the tab, and
// sealed with a key of theirs, which only the console knows. Without a safe connection nothing is kept.
const drafts = (() => {
  const PLACE = "lianzhi.drafts", LONGEST = 12 * 3600 * 1000, AFTER = 250;
  const coded = (bytes) => btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
  const decoded = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  let owner, key, all = {}, ready = new Promise((done) => (globalThis.draftsBegun = done)), timer;

  async function begin(who, secret) {
    if (crypto.subtle) {
      owner = who;
      key = await crypto.subtle.importKey("raw", decoded(secret), "AES-GCM", false, ["encrypt", "decrypt"]);
      all = await opened();
      store();
    }
    draftsBegun();
  }
  async function opened() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(PLACE) || "null");
      if (!kept || kept.owner !== owner) return {};
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: decoded(kept.iv) }, key, decoded(kept.sealed));
      const found = JSON.parse(new TextDecoder().decode(plain));
      return Object.fromEntries(Object.entries(found).filter(([, each]) => Date.now() - each.at < LONGEST));
    } catch { return {}; }
  }
  async function store() {
    if (!key) return;
    if (!Object.keys(all).length) return sessionStorage.removeItem(PLACE);
    const iv = crypto.getRandomValues(new Uint8Array(12)), plain = new TextEncoder().encode(JSON.stringify(all));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain));
    if (key) sessionStorage.setItem(PLACE, JSON.stringify({ owner, iv: coded(iv), sealed: coded(sealed) }));
  }
  const empty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
  function put(about, step, name, value) {
    if (!key) return;
    const at = about + "\n" + step, fields = { ...(all[at]?.fields || {}), [name]: value };
    if (Object.values(fields).every(empty)) delete all[at];
    else all[at] = { at: Date.now(), fields };
    clearTimeout(timer);
    timer = setTimeout(store, AFTER);
  }
  async function of(about) {
    await ready;
    const mine = Object.entries(all).filter(([at]) => at.startsWith(about + "\n"));
    return Object.fromEntries(mine.map(([at, each]) => [at.slice(about.length + 1), each.fields]));
  }
  function drop(about, step) { clearTimeout(timer); delete all[about + "\n" + step]; store(); }
  function clear() { clearTimeout(timer); all = {}; key = undefined; sessionStorage.removeItem(PLACE); }

  document.addEventListener("input", (e) => {
    const { draft, draftAbout, draftStep } = e.target.dataset || {};
    if (draft) put(draftAbout, draftStep, draft, e.target.value);
  });
  document.addEventListener("submit", (e) => { if (e.target.action.endsWith("/auth/sign-out")) clear(); });
  addEventListener("pagehide", () => { if (timer) { clearTimeout(timer); store(); } });
  return { begin, put, of, drop, clear };
})();
