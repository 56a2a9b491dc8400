/**
 * One style: 24 units square, drawn with a line whose width the style sheet sets. These come with the page; those
 * that only its later parts draw are in `src/client/ui/lazy-icons.ts`.
 */
export const icons = {
  people:
    'M15.5 20v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM21 20v-1a4 4 0 0 0-3-4M15.5 4a3.5 3.5 0 0 1 0 7',
  close: 'm6 6 12 12M18 6 6 18',
  send: 'M12 19.5V5M5.5 11.5 12 5l6.5 6.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.3l3.2 2',
  menu: 'M4 6.5h16M4 12h16M4 17.5h16',
  plus: 'M12 5v14M5 12h14',
  lock: 'M7.5 11V8a4.5 4.5 0 0 1 9 0v3M6.5 11h11A1.5 1.5 0 0 1 19 12.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11Z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.2 15.2 20 20',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  checks: 'm2.5 12.5 4.5 4.5L16.5 7.5M11.5 16.5l.5.5L21.5 7.5',
  muted: 'M6.5 16V11a5.5 5.5 0 0 1 11 0v5l1.5 2H5ZM10.5 20.5h3M4.5 4.5l15 15',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.4 14c.8 1.3 2 2 3.6 2s2.8-.7 3.6-2M9 9.3v.6M15 9.3v.6',
  reply: 'M9 6 4 11l5 5M4 11h10a6 6 0 0 1 6 6v1.5',
  more: 'M4.8 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0ZM11.4 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0ZM18 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0Z',
  copy: 'M10.5 9h8A1.5 1.5 0 0 1 20 10.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 9 18.5v-8A1.5 1.5 0 0 1 10.5 9ZM5.5 15A1.5 1.5 0 0 1 4 13.5v-8A1.5 1.5 0 0 1 5.5 4h8A1.5 1.5 0 0 1 15 5.5',
  settings:
    'M4 8h8.5M17.5 8H20M15 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM4 16h2.5M11.5 16H20M9 18.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  bookmark: 'M7.5 4.5h9A1.5 1.5 0 0 1 18 6v14l-6-4.5L6 20V6a1.5 1.5 0 0 1 1.5-1.5Z',
  pin: 'M9 4h6l-.7 5.5 3.2 3.5h-11l3.2-3.5ZM12 13v7',
  leave: 'M13.5 4.5h-7A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5h7M10 12h10M16.5 8.5 20 12l-3.5 3.5',
} as const

export type IconName = keyof typeof icons
