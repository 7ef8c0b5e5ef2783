import { createRoot } from "react-dom/client";
import "./file-input.css";
export const x = createRoot;
