/** All keys that do something in the page, as the sheet shows them. */
import type { LazyTextKey, PageTextKey } from '../../shared/language.ts'

export interface KeyLine {
  does: PageTextKey | LazyTextKey
  keys: readonly string[]
}

export interface KeyGroup {
  title: LazyTextKey
  lines: readonly KeyLine[]
}

export function keySheet(onApple: boolean, enterSends: boolean): readonly KeyGroup[] {
  const mod = onApple ? '⌘' : 'Ctrl'
  const alt = onApple ? '⌥' : 'Alt'
  const line = (does: KeyLine['does'], ...keys: string[]): KeyLine => ({ does, keys })
  return [
    {
      title: 'shortcutsRooms',
      lines: [
        line('jumpTo', mod, 'K'),
        line('previousRoom', alt, '↑'),
        line('nextRoom', alt, '↓'),
        line('previousUnread', alt, 'Shift', '↑'),
        line('nextUnread', alt, 'Shift', '↓'),
        line('markRead', 'Esc'),
      ],
    },
    {
      title: 'writing',
      lines: [
        line('sendKey', ...(enterSends ? [] : [mod]), 'Enter'),
        line('newLine', ...(enterSends ? ['Shift'] : []), 'Enter'),
        line('editLast', '↑'),
        line('complete', 'Tab'),
      ],
    },
    { title: 'shortcutsGeneral', lines: [line('moveInMessages', '↑', '↓'), line('showShortcuts', '?')] },
  ]
}
