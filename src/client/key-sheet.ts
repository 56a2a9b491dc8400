/** All keys that do something in the page, as the sheet shows them. */
import type { LazyTextKey, PageTextKey } from '../shared/language.ts'

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
      title: 'keysRooms',
      lines: [
        line('goToRoom', mod, 'K'),
        line('keyPreviousRoom', alt, '↑'),
        line('keyNextRoom', alt, '↓'),
        line('keyPreviousUnread', alt, 'Shift', '↑'),
        line('keyNextUnread', alt, 'Shift', '↓'),
        line('keyMarkRead', 'Esc'),
      ],
    },
    {
      title: 'keysWriting',
      lines: [
        line('keySend', ...(enterSends ? [] : [mod]), 'Enter'),
        line('keyBreak', ...(enterSends ? ['Shift'] : []), 'Enter'),
        line('keyEditLast', '↑'),
        line('keyComplete', 'Tab'),
      ],
    },
    { title: 'keysPage', lines: [line('keyMessages', '↑', '↓'), line('keySheet', '?')] },
  ]
}
