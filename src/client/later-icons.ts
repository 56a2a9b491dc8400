/** Those icons that only the parts of the page draw that come later, as in `icons.ts`: `<Icon :path="laterIcons.plus" />`. */
export const laterIcons = {
  fault: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.5v5.5M12 16.4v.1',
  plus: 'M12 5v14M5 12h14',
  trash:
    'M4.5 6.5h15M9.5 6.5v-2h5v2M6.5 6.5l.8 12A1.6 1.6 0 0 0 8.9 20h6.2a1.6 1.6 0 0 0 1.6-1.5l.8-12M10.2 10.5V16M13.8 10.5V16',
  more: 'M4.8 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0ZM11.4 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0ZM18 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0Z',
  link: 'M10 13.8a4 4 0 0 0 5.8.1l3-3a4.05 4.05 0 0 0-5.7-5.7l-1.2 1.2M14 10.2a4 4 0 0 0-5.8-.1l-3 3a4.05 4.05 0 0 0 5.7 5.7l1.2-1.2',
  keyboard:
    'M4.5 6h15A1.5 1.5 0 0 1 21 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6ZM7 10v.1M10.3 10v.1M13.7 10v.1M17 10v.1M8.5 14h7',
} as const
