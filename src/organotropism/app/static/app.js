// The little that a page without scripts cannot do: keep the case in this tab, read it from a link, print.
// A case never leaves this tab except in the body of a request to this server.
(() => {
  "use strict";
  const MARK = "#case:";
  const form = document.getElementById("case");
  const store = form && `organotropism ${location.pathname}`;

  const known = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value.trim() !== "") fields.append(name, value);
    }
    return fields;
  };

  const fill = (fields) => {
    form.reset();
    for (const input of form.elements) {
      if (!input.name || input.type === "file" || input.type === "submit") continue;
      const value = fields.get(input.name);
      if (input.type === "radio" || input.type === "checkbox") input.checked = input.value === value;
      else if (value !== null) input.value = value;
    }
    for (const group of form.querySelectorAll("details")) {
      const given = [...group.querySelectorAll("[name]")].some(
        (input) => fields.has(input.name) && !["unknown", "average"].includes(fields.get(input.name)) && input.id !== "model");
      if (given) group.open = true;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const fromLink = () => location.hash.startsWith(MARK) && new URLSearchParams(location.hash.slice(MARK.length));

  const restore = () => {
    const linked = fromLink();
    if (linked) {
      fill(linked);
    } else if (form.dataset.filled === "no") {
      const kept = sessionStorage.getItem(store);
      if (kept) fill(new URLSearchParams(kept));
    }
  };

  // Which fields are wrong the server says; here it is told to those who do not see the message.
  const markErrors = () => {
    for (const message of document.querySelectorAll("p.error")) {
      const field = document.getElementById(message.id.replace("error-", ""));
      if (!field) continue;
      if (message.textContent.trim()) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };

  const showScriptedButtons = () => {
    for (const id of ["print", "share"]) {
      const button = document.getElementById(id);
      if (button) button.hidden = false;
    }
  };

  const share = () => {
    const link = document.getElementById("link");
    link.value = `${location.origin}${location.pathname}${MARK}${known()}`;
    document.getElementById("shared").hidden = false;
    link.focus();
    link.select();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button, a");
    if (!button) return;
    if (button.id === "print" || button.classList.contains("print")) window.print();
    if (button.id === "share") share();
    if (button.id === "clear") sessionStorage.removeItem(store);
  });

  if (form) {
    form.addEventListener("input", () => sessionStorage.setItem(store, known().toString()));
    // A button with an address of its own sends the form there; it is none of htmx's business.
    form.addEventListener("submit", (event) => {
      if (event.submitter && event.submitter.hasAttribute("formaction")) event.stopImmediatePropagation();
    }, true);
    window.addEventListener("hashchange", () => { const linked = fromLink(); if (linked) fill(linked); });
    document.addEventListener("htmx:after:swap", () => { markErrors(); showScriptedButtons(); });
    // htmx first has to have found the form.
    window.addEventListener("load", () => setTimeout(restore));
  }
  markErrors();
  showScriptedButtons();
})();
