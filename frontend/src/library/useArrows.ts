/** The arrow keys go from tile to tile, as the grid shows them. */
import type { KeyboardEvent, RefObject } from "react";

export function useArrows(grid: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  return (event) => {
    const tiles = [...(grid.current?.querySelectorAll<HTMLElement>("[data-tile]") ?? [])];
    const index = tiles.indexOf(event.target as HTMLElement);
    if (index < 0) return;
    const target = tiles[index + step(event.key, tiles, index)];
    if (!target || target === event.target) return;
    event.preventDefault();
    target.focus();
  };
}

function step(key: string, tiles: readonly HTMLElement[], index: number): number {
  const top = (tile: HTMLElement | undefined) => tile?.getBoundingClientRect().top;
  const columns = tiles.filter((tile) => top(tile) === top(tiles[0])).length;
  switch (key) {
    case "ArrowRight":
      return 1;
    case "ArrowLeft":
      return -1;
    case "ArrowDown":
      return columns;
    case "ArrowUp":
      return -columns;
    case "Home":
      return -index;
    case "End":
      return tiles.length - 1 - index;
    default:
      return 0;
  }
}
