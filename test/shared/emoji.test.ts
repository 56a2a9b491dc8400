import { describe, expect, it } from 'vitest'
import { emojiRows } from '../../emoji-data.ts'
import { isEmoji } from '../../src/shared/emoji.ts'
import { parseCommand } from '../../src/shared/protocol/commands.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'

describe('reaction (SECURITY-REVIEW 12)', () => {
  it('can be each emoji that the page offers', () => {
    const offered = emojiRows('en').map(([emoji]) => emoji)
    expect(offered.length).toBeGreaterThan(1_800)
    expect(offered.filter((emoji) => !isEmoji(emoji))).toEqual([])
  })
  it.for(['👍', '❤️', '👍🏽', '5️⃣', '#️⃣', '🇪🇺', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩‍👩‍👧‍👦', '🏳️‍🌈'])('can be %s', (data) => {
    expect(isEmoji(data)).toBe(true)
  })
  it.for(['', ' ', 'a', '1', '#', '❤', '👍👍', '👍 ', '👍a', '🇪', 'you are scum', '\u200d', '\ufe0f', 'constructor'])(
    'cannot be %j',
    (data) => {
      expect(isEmoji(data)).toBe(false)
      const react = { type: 'react', room: 'lobby', key: 'k', ref: 1, data, on: true }
      expect(() => parseCommand(react)).toThrow(ChatError)
    },
  )
})
