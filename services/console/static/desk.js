// What is chosen by keyboard in a list stays chosen when the list is drawn anew; a form sent by a command.
(() => {
  let at = null;
  const href = (row) => row?.querySelector(".title")?.getAttribute("href");
  new MutationObserver(() => {
    const chosen = document.querySelector(".rows tr.at");
    if (chosen) { at = href(chosen); return; }
    if (!at || !document.querySelector(".rows .title")) return;
    const again = document.querySelector(`.rows .title[href="${CSS.escape(at)}"]`);
    if (again) again.closest("tr").classList.add("at"); else at = null;
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["class"] });
})();

function submitted(path, fields) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: path });
  for (const [name, value] of Object.entries({ to: location.pathname + location.search, ...fields })) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.requestSubmit();
}
