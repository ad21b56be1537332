// Draws every figure from the specification beside it, in colours that suit light or dark.
const dark = matchMedia("(prefers-color-scheme: dark)");

function config() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const ink = colour("--ink"), soft = colour("--soft"), line = colour("--line");
  const text = { labelColor: soft, titleColor: soft, labelFontSize: 11.5, titleFontSize: 11.5,
                 titleFontWeight: 500 };
  return {
    background: null,
    font: style.getPropertyValue("--sans"),
    view: { stroke: null },
    axis: { ...text, gridColor: line, domainColor: line, tickColor: line, titlePadding: 10,
            labelPadding: 6 },
    legend: { ...text, symbolType: "circle" },
    text: { color: ink, fontSize: 11.5 },
  };
}

async function draw() {
  for (const figure of document.querySelectorAll("[data-chart]")) {
    const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    // An interpreter in the place of compiled expressions: the page allows no eval.
    await vegaEmbed(figure, spec, { renderer: "svg", actions: false, ast: true, config: config(),
                                    tooltip: { theme: dark.matches ? "dark" : "light" } });
  }
  document.documentElement.dataset.drawn = "yes";
}

draw();
dark.addEventListener("change", draw);
