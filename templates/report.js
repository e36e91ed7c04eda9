// Search and filters. The report is whole without it: every row is on the page, and pages of a table open by themselves.
// No text is ever turned into markup here. (The page is also read as XML, so two characters are not used in this file.)
(function () {
  "use strict";
  var SHOWN = 200;
  function all(selector, inside) { return Array.prototype.slice.call((inside || document).querySelectorAll(selector)); }
  function words(text) { return text.toLowerCase().split(/\s+/).filter(function (w) { return w.length > 0; }); }

  // An item is a row, a finding or a requirement; a box is a page or a group that goes when none of its items is left.
  function Section(bar) {
    var section = document.getElementById(bar.dataset.of), self = this;
    this.id = bar.dataset.of;
    this.bar = bar;
    this.text = bar.querySelector("input");
    this.selects = all("select", bar);
    this.said = bar.querySelector("[role=status]");
    this.section = section;
    this.items = null;
    this.text.addEventListener("input", later(function () { self.apply(""); }));
    this.selects.forEach(function (s) { s.addEventListener("change", function () { self.apply(""); }); });
    bar.hidden = false;
  }
  Section.prototype.prepare = function () {
    if (this.items) { return; }
    var boxes = [];
    this.items = all("[data-s]", this.section).map(function (el) {
      var item = { el: el, boxes: [], head: "" }, up = el.parentElement, index;
      while (up) {
        if (up.matches("section[aria-labelledby]")) { if (up.parentElement.tagName === "MAIN") { break; } }
        if (up.matches("details, [data-box], .check, .catalog")) {
          index = boxes.findIndex(function (b) { return b.el === up; }, boxes.length - 1);
          if (index === -1) { boxes.push({ el: up, open: up.open, count: 0 }); index = boxes.length - 1; }
          item.boxes.push(boxes[index]);
          if (up.dataset.box) { item.head = up.querySelector(".what").textContent; }
          if (up.matches(".check")) { item.head += " " + up.id; }
        }
        up = up.parentElement;
      }
      return item;
    });
    this.boxes = boxes;
    this.items.forEach(function (item) { item.words = (item.el.textContent + " " + item.head).toLowerCase(); });
  };
  Section.prototype.apply = function (global) {
    this.prepare();
    var wanted = words(this.text.value + " " + (global || shared())), status = "", region = "", count = 0;
    this.selects.forEach(function (s) { if (s.id.charAt(0) === "s") { status = s.value; } else { region = s.value; } });
    var active = wanted.length + status.length + region.length > 0;
    this.boxes.forEach(function (b) { b.count = 0; });
    this.items.forEach(function (item) {
      var show = wanted.every(function (w) { return item.words.indexOf(w) !== -1; });
      if (status) { if ((" " + item.el.dataset.s + " ").indexOf(" " + status + " ") === -1) { show = false; } }
      if (region) { if (item.el.dataset.r !== region) { show = false; } }
      if (item.off === show) { item.el.classList.toggle("off", !show); }
      else if (item.off === undefined) { if (!show) { item.el.classList.add("off"); } }
      item.off = !show;
      if (show) { count += 1; item.boxes.forEach(function (b) { b.count += 1; }); }
    });
    var open = 0;
    this.boxes.forEach(function (b) {
      b.el.classList.toggle("off", b.count === 0 ? active : false);
      if (b.el.tagName === "DETAILS") {
        if (active) { b.el.open = b.count > 0 ? SHOWN > open : false; if (b.el.open) { open += b.count; } }
        else { b.el.open = b.open; }
      }
    });
    if (active) {
      // What belongs to no item: checks and catalogs without one that is left.
      all(".check, .catalog", this.section).forEach(function (el) { el.classList.toggle("off", !el.querySelector("[data-s]:not(.off)")); });
    } else {
      all(".check.off, .catalog.off", this.section).forEach(function (el) { el.classList.remove("off"); });
    }
    this.said.textContent = active ? count + " of " + this.items.length + " shown" : "";
    var beside = document.querySelector("[data-count=" + this.id + "]");
    if (beside) { if (!beside.dataset.all) { beside.dataset.all = beside.textContent; } beside.textContent = active ? count + " of " + beside.dataset.all : beside.dataset.all; }
    return count;
  };

  var search = document.getElementById("search"), sections = all(".filter").map(function (bar) { return new Section(bar); });
  function shared() { return search.value; }
  function later(job) {
    var timer = 0;
    return function () { clearTimeout(timer); timer = setTimeout(job, 100); };
  }
  function everywhere() {
    var found = sections.map(function (s) { return s.apply(shared()) + " " + s.id; });
    document.getElementById("hits").textContent = words(shared()).length > 0 ? found.join(", ") : "";
  }
  search.addEventListener("input", later(everywhere));
  search.parentElement.hidden = false;
  document.addEventListener("keydown", function (e) {
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
    if (e.key === "/") { if (!typing) { e.preventDefault(); search.focus(); } }
    if (e.key === "Escape") { if (e.target === search) { search.value = ""; everywhere(); } }
  });

  // A link leads to its place even if a filter or a closed page hides it.
  function reveal() {
    var el = document.getElementById(decodeURIComponent(location.hash.slice(1))), up = el;
    if (!el) { return; }
    while (up) {
      if (up.classList) { up.classList.remove("off"); }
      if (up.tagName === "DETAILS") { up.open = true; }
      up = up.parentElement;
    }
    el.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  if (location.hash.length > 1) { reveal(); }
})();
