/** All keys that do something in the page, as the sheet shows them. */
import type { LazyTextKey, PageTextKey } from '../../shared/language.ts'

export interface Shortcut {
  does: PageTextKey | LazyTextKey
  keys: readonly string[]
}

export interface ShortcutGroup {
  title: LazyTextKey
  lines: readonly Shortcut[]
}

export function shortcutGroups(onApple: boolean, enterSends: boolean): readonly ShortcutGroup[] {
  const mod = onApple ? '⌘' : 'Ctrl'
  const alt = onApple ? '⌥' : 'Alt'
  const line = (does: Shortcut['does'], ...keys: string[]): Shortcut => ({ does, keys })
  return [
    {
      title: 'shortcutsRooms',
      lines: [
        line('jumpTo', mod, 'K'),
        line('searchMessages', '/'),
        line('searchMessages', mod, 'Shift', 'F'),
        line('previousRoom', alt, '↑'),
        line('nextRoom', alt, '↓'),
        line('previousUnread', alt, 'Shift', '↑'),
        line('nextUnread', alt, 'Shift', '↓'),
        line('markRead', 'Esc'),
        line('markAllRead', 'Shift', 'Esc'),
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
    {
      title: 'shortcutsGeneral',
      lines: [
        line('nextSection', 'F6'),
        line('firstUnread', alt, 'Page Up'),
        line('nextMention', alt, 'Page Down'),
        line('jumpToLatest', alt, 'End'),
        line('moveInMessages', '↑', '↓'),
        line('messageActions', 'Enter'),
        line('markUnread', 'U'),
        line('showShortcuts', '?'),
      ],
    },
  ]
}
