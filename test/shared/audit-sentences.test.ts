import { describe, expect, it } from 'vitest'
import { auditSentence } from '../../src/shared/audit-sentences.ts'
import { dayMs, forever, minuteMs } from '../../src/shared/durations.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import { type AuditRecord, moderationActionTypes } from '../../src/shared/protocol/types.ts'

const languages = { en: new Language('en', en), zh: new Language('zh', zh) }
const li = { id: 1, name: 'Li', image: 0 }
const bo = { id: 2, name: 'Bo', image: 0 }

function action(more: Partial<AuditRecord> & Pick<AuditRecord, 'type'>): AuditRecord {
  return { id: 9, at: 1_000, by: li, user: bo, data: {}, undoable: true, ...more }
}

function said(more: Partial<AuditRecord> & Pick<AuditRecord, 'type'>, code: 'en' | 'zh' = 'en'): string {
  const sentence = auditSentence(action(more), languages[code], more.room && 'Tea room')
  return sentence.replace(/[\u2068\u2069]/g, '')
}

/** An audit record of each kind of action, in a room or on the server. */
const kinds: (Partial<AuditRecord> & Pick<AuditRecord, 'type'>)[] = [
  { type: 'kick', room: 'tea' },
  { type: 'mute', room: 'tea', data: { until: 1_000 + 10 * minuteMs } },
  { type: 'mute', room: 'tea', data: { until: 0 } },
  { type: 'ban', room: 'tea', data: { until: forever } },
  { type: 'ban', room: 'tea', data: { until: 0 } },
  { type: 'ban', room: 'tea', data: { until: forever, removedSince: 0 } },
  { type: 'ban', data: { until: 1_000 + dayMs, removedSince: 900 } },
  { type: 'ban', data: { until: 1_000 + dayMs } },
  { type: 'ban', data: { until: 1_000 + dayMs, ranges: ['203.0.113.9'] } },
  { type: 'ban', data: { until: 0 } },
  { type: 'ban-range', data: { range: '203.0.113.0/24', until: forever } },
  { type: 'ban-range', data: { range: '203.0.113.0/24', until: 0 } },
  { type: 'role', room: 'tea', data: { role: 'moderator' } },
  { type: 'role', room: 'tea', data: { role: 'member' } },
  { type: 'role', data: { role: 'admin' } },
  { type: 'role', data: { role: 'member' } },
  { type: 'delete', room: 'tea', data: { message: 7 } },
  { type: 'unreact', room: 'tea', data: { message: 7, reaction: '🍵' } },
  { type: 'pin', room: 'tea', data: { message: 7, on: true } },
  { type: 'pin', room: 'tea', data: { message: 7, on: false } },
  { type: 'picture' },
  { type: 'picture', room: 'tea' },
  { type: 'picture', room: 'tea', data: { removed: true } },
  { type: 'delete-room', data: { name: 'Green' } },
  { type: 'purge' },
  { type: 'change', room: 'tea', data: { after: { name: 'x', archived: true } } },
  { type: 'change', room: 'tea', data: { after: {} } },
  {
    type: 'settings',
    data: {
      after: {
        name: 'x',
        welcome: 'y',
        guests: false,
        guestRooms: false,
        language: 'zh',
        accent: 'blue',
        icon: '🍵',
        maxFileBytes: 1,
        fileBytesPerDay: 1,
        maxStorageBytes: 0,
      },
    },
  },
  { type: 'undo', data: { action: 7 } },
  { type: 'invite', room: 'tea', data: { uses: 1 } },
  { type: 'invite', room: 'tea', data: { uses: 2 } },
  { type: 'revoke', room: 'tea', data: { invite: 7 } },
  { type: 'add', room: 'tea', data: { users: [1, 2] } },
  { type: 'forget-devices' },
  { type: 'add-bot', data: { canWrite: true, canViewPublic: true } },
  { type: 'bot-token', data: { revoked: false } },
  { type: 'bot-token', data: { revoked: true } },
  { type: 'add-hook', room: 'tea', data: { hook: 7 } },
  { type: 'revoke-hook', room: 'tea', data: { hook: 7 } },
  { type: 'add-outgoing-hook', data: { hook: 7, kind: 'messages', to: 'https://hooks.example' } },
  ...['pause', 'resume', 'skip', 'secret', 'resend', 'remove', 'failing', 'gone'].map((change) => {
    return { type: 'change-outgoing-hook', data: { hook: 7, change } } as const
  }),
  { type: 'link', data: { expiresAt: 7 } },
]

describe('audit sentence', () => {
  it('differs for each action and language, with every placeholder filled', () => {
    expect(new Set(kinds.map(({ type }) => type)), 'every kind there is').toEqual(new Set(moderationActionTypes))
    for (const code of ['en', 'zh'] as const) {
      const sentences = kinds.map((kind) => said(kind, code))
      expect(new Set(sentences).size, sentences.join('\n')).toBe(kinds.length)
      for (const [i, sentence] of sentences.entries()) {
        expect(sentence).not.toMatch(/[{}]|undefined|NaN|null/)
        if (kinds[i]?.room) expect(sentence).toContain('Tea room')
      }
    }
  })
  it('reveals only the target of an action in a room that the reader cannot view', () => {
    expect(said({ type: 'hidden' })).toBe('Li moderated Bo in a private room')
    const { user: _, ...alone } = action({ type: 'hidden' })
    expect(auditSentence(alone, languages.en)).toMatch(/a private room$/)
  })
  it('names the operator for actions without an actor, and no one for the first owner', () => {
    const { by: _, ...link } = action({ type: 'link', data: { expiresAt: 7 } })
    expect(auditSentence(link, languages.en)).toMatch(/^The operator created/)
    expect(auditSentence({ ...link, type: 'role', data: { role: 'owner' } }, languages.en)).toBe(
      '\u2068Bo\u2069 became the owner',
    )
  })
  it('isolates right-to-left names', () => {
    const sentence = auditSentence(action({ type: 'purge', user: { ...bo, name: 'عمر 123' } }), languages.en)
    expect(sentence).toContain('\u2068عمر 123\u2069')
  })
})
