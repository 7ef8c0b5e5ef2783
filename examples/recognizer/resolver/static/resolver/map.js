// Where a picture was taken, on a small drawing of the world.
// @ts-check

/** The continents by their corners, drawn by hand: longitude, latitude. */
const LAND = [
  "-168 66 -156 71 -128 70 -95 72 -82 68 -94 59 -82 55 -79 62 -65 60 -56 52 -65 44 -75 38 -81 31 -80 25 -84 30 -97 27 -97 20 -88 21 -88 16 -83 9 -78 8 -85 11 -95 16 -106 22 -113 31 -118 34 -124 41 -124 48 -133 56 -150 60 -164 55 -158 58 -166 62",
  "-73 78 -60 82 -30 83 -20 75 -25 70 -40 65 -45 60 -52 65 -55 70",
  "-78 8 -72 12 -60 9 -50 1 -35 -6 -39 -14 -48 -26 -58 -35 -65 -42 -68 -54 -74 -50 -72 -36 -70 -19 -81 -5",
  "-6 36 10 37 20 32 32 31 37 20 43 12 51 11 41 -3 40 -15 33 -26 26 -34 18 -34 12 -18 13 -8 9 3 4 6 -8 4 -17 14 -16 22 -10 31",
  "49 -12 50 -16 46 -25 44 -21",
  "-9 37 -9 43 -1 44 -4 48 2 51 8 54 8 57 10 55 20 55 22 59 30 60 22 61 25 65 18 62 17 57 12 56 5 59 5 62 15 69 28 71 41 67 60 69 70 73 105 77 113 74 140 72 160 70 180 68 178 64 163 60 163 55 156 51 156 60 143 59 135 54 140 48 130 43 127 39 129 35 126 35 122 40 118 39 122 37 120 33 122 30 117 23 108 21 109 12 105 9 100 13 104 2 101 3 98 9 98 16 91 22 87 21 80 15 80 10 77 8 73 17 72 21 67 25 57 26 50 30 51 25 59 22 52 16 44 13 39 21 35 28 34 31 36 36 27 37 26 40 23 38 19 42 13 45 18 40 16 38 10 44 3 43 -1 37",
  "-5 50 1 51 0 53 -3 58 -6 57 -3 54",
  "-22 64 -14 65 -20 66",
  "130 32 136 34 141 36 141 41 145 43 141 45 139 40 132 35",
  "95 5 104 -3 106 -6 100 -1",
  "109 1 117 7 119 1 115 -4 110 -2",
  "131 -1 141 -3 150 -10 140 -8 133 -4",
  "114 -22 122 -17 130 -12 136 -12 140 -17 142 -11 146 -19 153 -27 150 -37 144 -38 138 -35 131 -31 124 -33 116 -35",
  "173 -35 178 -38 171 -44 167 -46 172 -41",
  "-180 -76 -120 -73 -60 -65 -60 -75 0 -70 60 -67 120 -66 170 -71 180 -78 180 -90 -180 -90",
];

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}

/** @param {number} latitude @param {number} longitude */
export function map(latitude, longitude) {
  const svg = shape("svg", { viewBox: "-180 -85 360 145", class: "map", role: "img", "aria-label": "The position on a map" });
  const land = LAND.map((corners) => {
    const numbers = corners.split(" ").map(Number);
    // North is up, where SVG counts downwards.
    return `M${numbers.map((number, index) => (index % 2 ? -number : number)).join(" ")}Z`;
  });
  svg.append(shape("path", { d: land.join(""), class: "land" }));
  svg.append(shape("path", { d: `M${longitude} -85V60M-180 ${-latitude}H180`, class: "cross" }));
  svg.append(shape("circle", { cx: longitude, cy: -latitude, r: 5, class: "pin" }));
  return svg;
}
