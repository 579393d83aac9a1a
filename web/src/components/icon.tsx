/** Outlines on a grid of 16; they take the color of the text. */
const PATHS = {
  queued: 'M8 4v4l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  running: 'M14 8a6 6 0 1 1-6-6',
  waiting: 'M6 5.5v5M10 5.5v5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  succeeded: 'm5 8.2 2.1 2.1L11 6.4M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  failed: 'm5.9 5.9 4.2 4.2m0-4.2-4.2 4.2M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  canceled: 'm4 12 8-8m2 4A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  unknown: 'M6.3 6.2a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.7-.9 1.3M8 11v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  warning: 'M8 6v3m0 2v.1M7 2.8 1.7 12a1.2 1.2 0 0 0 1 1.8h10.6a1.2 1.2 0 0 0 1-1.8L9 2.8a1.2 1.2 0 0 0-2 0Z',
  home: 'M2.5 7 8 2.5 13.500 7v6.500h-3.500v-4h-4v4H2.500Z',
  workflows: 'M2 3h4v3H2zM10 10h4v3h-4zM6 4.500h3a2 2 0 0 1 2 2V10',
  runs: 'M2.500 4h4M2.500 8h8M6.500 12h7',
  accounts: 'M8 7.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM3 13.500c.4-2.600 2.400-4 5-4s4.600 1.400 5 4',
  connectors: 'M6 2v3M10 2v3M4 5h8v3a4 4 0 0 1-8 0ZM8 12v2.500',
  settings:
    'M2 4.500h7M12 4.500h2M2 11.500h2M7 11.500h7M10.500 6a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3ZM5.500 13a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3Z',
  search: 'm10.500 10.500 3.500 3.500M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0Z',
  copy: 'M6 6h7.500v7.500H6ZM10 6V2.500H2.500V10H6',
  check: 'm3 8.500 3.500 3.500L13 4.500',
  close: 'm4 4 8 8m0-8-8 8',
  down: 'm4 6 4 4 4-4',
  up: 'm4 10 4-4 4 4',
  right: 'm6 4 4 4-4 4',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10',
  refresh: 'M13 4v3h-3M13 7a5.500 5.500 0 1 0 .3 3',
  external: 'M9 3h4v4M13 3 7.500 8.500M11 9.500v3.500H3V5h3.500',
  keyboard: 'M1.500 4h13v8h-13ZM4 6.500h.1M6.700 6.500h.1M9.300 6.500h.1M12 6.500h.1M5 9.500h6',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside a word; it is hidden from screen readers, which read the word. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
