// The page itself: which view the address asks for.

import { texts } from "./texts.js";
import { h } from "./dom.js";
import { start } from "./session.js";
import { alertArea, showProblem } from "./forms.js";
import * as book from "./book.js";
import * as booking from "./booking.js";
import * as mine from "./mine.js";
import * as staff from "./staff.js";

const main = document.getElementById("main");
let leave = null;
let shown = 0;

const words = { skip: texts.skip, brand: texts.brand, foot: texts.foot };
for (const [id, text] of Object.entries(words)) document.getElementById(id).textContent = text;

document.getElementById("skip").addEventListener("click", event => {
  event.preventDefault(); // the address is the view's
  main.focus();
});

function drawNav(current) {
  const nav = document.getElementById("nav");
  nav.setAttribute("aria-label", texts.nav.label);
  nav.replaceChildren(
    ...["book", "mine", "staff"].map(name =>
      h("a", { href: `#${name}`, "aria-current": name === current ? "page" : null }, texts.nav[name]),
    ),
  );
}

function viewOf(hash) {
  const link = new URLSearchParams(hash);
  if (link.has("booking")) {
    const fresh = link.has("new");
    if (fresh) history.replaceState(null, "", `#booking=${link.get("booking")}&key=${link.get("key")}`);
    return ["", () => booking.show(main, { id: link.get("booking"), key: link.get("key"), fresh })];
  }
  const [name, page] = hash.split("/");
  if (name === "mine") return ["mine", () => mine.show(main)];
  if (name === "staff") return ["staff", () => staff.show(main, page)];
  return ["book", () => book.show(main)];
}

async function open() {
  leave?.();
  leave = null;
  const turn = ++shown;
  const [name, show] = viewOf(location.hash.slice(1));
  drawNav(name);
  document.querySelector("dialog")?.close();
  main.replaceChildren();
  const end = await show();
  if (turn === shown) leave = end;
  else return end?.();
  const title = main.querySelector("h1");
  document.title = texts.pageTitle(title?.textContent ?? texts.brand);
  if (turn > 1) {
    window.scrollTo(0, 0);
    title?.focus();
  }
}

drawNav("");
try {
  await start();
  window.addEventListener("hashchange", open);
  await open();
} catch (problem) {
  main.replaceChildren(h("section", { class: "card" }, h("h1", {}, texts.brand), alertArea()));
  showProblem(main, problem);
}
