(() => {
  "use strict";
  const menu = document.querySelector("nav details");
  const narrow = matchMedia("(max-width: 899px)");
  const fold = () => { menu.open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);
  menu.addEventListener("click", (event) => { if (event.target.closest("a") && narrow.matches) menu.open = false; });

  const links = new Map([...menu.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (!entry.isIntersecting) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    links.get(entry.target.id)?.setAttribute("aria-current", "true");
  }), { rootMargin: "-20% 0px -75% 0px" });
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));

  // "€1.2M", "−12.5 %", "3,402" as numbers; what is none, such as "–", comes last.
  const sizes = { k: 1e3, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };
  const number = (text) => {
    const found = /^([−-]?)\D{0,5}?([−-]?)(\d[\d,]*(?:\.\d+)?|\.\d+)\s?([kKMBT]?)/.exec(text);
    if (!found) return NaN;
    const size = Number(found[3].replaceAll(",", "")) * (sizes[found[4]] ?? 1);
    return found[1] || found[2] ? -size : size;
  };
  const order = (numbers, sign) => (a, b) => {
    if (!numbers) return sign * a.text.localeCompare(b.text, undefined, { numeric: true });
    if (Number.isNaN(a.number) || Number.isNaN(b.number)) return Number.isNaN(a.number) - Number.isNaN(b.number);
    return sign * (a.number - b.number);
  };
  document.querySelectorAll("thead th").forEach((heading) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const numbers = heading.classList.contains("n");
      const first = numbers ? "descending" : "ascending";
      const other = numbers ? "ascending" : "descending";
      const next = heading.getAttribute("aria-sort") === first ? other : first;
      heading.parentNode.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", next);
      const body = heading.closest("table").tBodies[0];
      const rows = [...body.rows].map((row) => {
        const text = row.cells[heading.cellIndex]?.textContent ?? "";
        return { row, text, number: number(text) };
      });
      rows.sort(order(numbers, next === "ascending" ? 1 : -1));
      body.append(...rows.map(({ row }) => row));
    });
  });
})();
