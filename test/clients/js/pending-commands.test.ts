import { beforeEach, describe, expect, it } from 'vitest'
import { CommandError, PendingCommands } from '../../../clients/js/src/pending-commands.ts'
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import { anna, bo, FakeClock, summary } from '../../client/support/fakes.ts'

let sent: ClientFrame[]
let isOpen: boolean
let clock: FakeClock
let questions: PendingCommands

beforeEach(() => {
  sent = []
  isOpen = true
  clock = new FakeClock()
  let keys = 0
  questions = new PendingCommands({
    clock,
    newKey: () => `key ${++keys}`,
    send: (frame) => {
      if (isOpen) sent.push(frame)
      return isOpen
    },
  })
})

const refusal = async (answer: Promise<unknown>) => {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof CommandError ? error.code : error
}

describe('pending commands', () => {
  it('are sent under a key of their own, and resolved by its answer', async () => {
    const first = questions.ask({ type: 'kick', room: 'tea', user: 2 })
    const second = questions.ask({ type: 'kick', room: 'tea', user: 3 })
    expect(sent).toEqual([
      { type: 'kick', room: 'tea', user: 2, key: 'key 1' },
      { type: 'kick', room: 'tea', user: 3, key: 'key 2' },
    ])
    questions.answered({ type: 'done', key: 'key 2', action: 8 })
    questions.answered({ type: 'done', key: 'key 1', action: 9 })
    expect([(await first).action, (await second).action]).toEqual([9, 8])
  })

  it('that create a room are resolved by its room frame', async () => {
    const made = questions.ask({ type: 'create', kind: 'private', name: 'tea' })
    questions.answered({ type: 'room', key: 'key 1', ...summary({ room: '~1' }) })
    expect((await made).room).toBe('~1')
  })

  it('are rejected by an error with their key, and by no other', async () => {
    const answer = questions.ask({ type: 'leave', room: 'tea' })
    expect(questions.failed({ type: 'error', code: 'forbidden', message: '', key: 'other', room: 'tea' })).toBe(false)
    expect(questions.failed({ type: 'error', code: 'too-fast', message: '', command: 'leave', room: 'tea' })).toBe(
      false,
    )
    expect(questions.failed({ type: 'error', code: 'forbidden', message: '', key: 'key 1', room: 'tea' })).toBe(true)
    expect(await refusal(answer)).toBe('forbidden')
  })
})

describe('pending requests', () => {
  it('are resolved by their kind of answer', async () => {
    const [tea, cups] = [
      questions.ask({ type: 'members', room: 'tea' }),
      questions.ask({ type: 'members', room: 'cups' }),
    ]
    expect(sent[0]).toEqual({ type: 'members', room: 'tea' })
    questions.answered({ type: 'members', room: 'cups', data: [], more: true })
    questions.answered({ type: 'members', room: 'tea', data: [], more: false })
    expect([(await tea).more, (await cups).more]).toEqual([false, true])
  })

  it('for people are resolved by what was typed', async () => {
    const [a, an] = [questions.ask({ type: 'users', data: 'a' }), questions.ask({ type: 'users', data: 'an' })]
    questions.answered({ type: 'users', find: 'an', data: [anna] })
    questions.answered({ type: 'users', find: 'a', data: [anna, bo] })
    expect([(await a).data.length, (await an).data.length]).toEqual([2, 1])
  })

  it('are rejected by an error of their type, and of their room if they have one', async () => {
    const [members, users] = [
      questions.ask({ type: 'members', room: 'tea' }),
      questions.ask({ type: 'users', data: 'a' }),
    ]
    const error = { type: 'error', code: 'too-fast', message: '' } as const
    expect(questions.failed({ ...error, command: 'members', room: 'cups' })).toBe(false)
    expect(questions.failed({ ...error, command: 'read', room: 'tea' })).toBe(false)
    expect(questions.failed(error), 'of a frame that could not be parsed').toBe(false)
    expect(questions.failed({ ...error, command: 'users' })).toBe(true)
    expect(await refusal(users)).toBe('too-fast')
    expect(questions.failed({ ...error, code: 'no-such-room', command: 'members', room: 'tea' })).toBe(true)
    expect(await refusal(members)).toBe('no-such-room')
  })
})

describe('pending requests that are refused as too fast', () => {
  const tooFast = { type: 'error', code: 'too-fast', message: '', command: 'members', room: 'tea' } as const

  it('are sent again after the stated time', async () => {
    const answer = questions.ask({ type: 'members', room: 'tea' })
    expect(questions.failed({ ...tooFast, retryAfterMs: 800 })).toBe(true)
    clock.pass(799)
    expect(sent).toHaveLength(1)
    clock.pass(1)
    expect(sent).toEqual([
      { type: 'members', room: 'tea' },
      { type: 'members', room: 'tea' },
    ])
    questions.answered({ type: 'members', room: 'tea', data: [], more: false })
    expect((await answer).more).toBe(false)
  })

  it('are rejected when the time is long, and when they change something', async () => {
    const members = questions.ask({ type: 'members', room: 'tea' })
    questions.failed({ ...tooFast, retryAfterMs: 3_600_000 })
    expect(await refusal(members)).toBe('too-fast')
    const kick = questions.ask({ type: 'kick', room: 'tea', user: 2 })
    questions.failed({ ...tooFast, command: 'kick', key: 'key 1', retryAfterMs: 800 })
    expect(await refusal(kick)).toBe('too-fast')
  })

  it('are rejected when the connection is lost meanwhile', async () => {
    const answer = questions.ask({ type: 'members', room: 'tea' })
    questions.failed({ ...tooFast, retryAfterMs: 800 })
    questions.connectionLost()
    expect(await refusal(answer)).toBe('connection-lost')
    clock.pass(800)
    expect(sent).toHaveLength(1)
  })
})

describe('pending commands without a connection', () => {
  it('are rejected at once', async () => {
    isOpen = false
    expect(await refusal(questions.ask({ type: 'undo', action: 1 }))).toBe('connection-lost')
  })

  it('are rejected when the connection is lost', async () => {
    const answers = [questions.ask({ type: 'undo', action: 1 }), questions.ask({ type: 'users', data: 'a' })]
    questions.connectionLost()
    expect(await Promise.all(answers.map(refusal))).toEqual(['connection-lost', 'connection-lost'])
    questions.answered({ type: 'done', key: 'key 1' })
  })
})
