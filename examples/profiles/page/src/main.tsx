/** The page begins here. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@safelight/react/style.css";
import { App } from "./App";
import "./style.css";

const place = document.getElementById("page");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
