/** Files of messages on the wire. */
import { describe, expect, it } from 'vitest'
import type { ClientFrame } from '../../src/shared/protocol/commands.ts'
import { fileId } from '../support/files.ts'
import { tea } from '../support/server/populate.ts'
import { bosFiles, ConnectedUser, type KeyedCommand, startPopulatedServer } from '../support/server/populated-server.ts'

const files = bosFiles.map(fileId)
const idsOf = (frame: unknown) => (frame as { files: { id: string }[] }).files.map(({ id }) => id)
const inTea: Extract<ClientFrame, { type: 'files' }> = { type: 'files', room: tea }

describe('files of a message', () => {
  it('reach everybody with it, live, in pages and when they catch up', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: tea, data: '', files })
    const heard = await anna.chat.next('chat')
    expect(heard).toMatchObject({
      data: '',
      files: [{ id: files[0], name: 'tea 1.jpg', bytes: 100, alt: 'Tea' }, {}, {}],
    })
    const later = await anna.another()
    expect((await later.chat.open(tea)).messages?.at(-1)).toEqual(heard)
    const missed = await anna.another()
    expect((await missed.chat.open(tea, { after: heard.id - 1 })).entries).toEqual([heard])
  })
  it('are taken out by an edit, also for those who catch up', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: tea, data: '', files })
    const { id } = await anna.chat.next('chat')
    await bo.did({ type: 'edit', room: tea, ref: id, data: '', files: files.slice(1) })
    expect(idsOf(await anna.chat.next('edit'))).toEqual(files.slice(1))
    const later = await anna.another()
    const { entries = [] } = await later.chat.open(tea, { after: id - 1 })
    expect(entries.map(idsOf)).toEqual([files.slice(1), files.slice(1)])
  })
  it('of others, or that were sent, are refused like those that do not exist', async (t) => {
    const { server, anna, bo } = await startPopulatedServer(t)
    const refusal = (id: string): KeyedCommand => ({ type: 'chat', room: tea, data: 'x', files: [id] })
    const expected = { type: 'error', code: 'no-such-file', message: 'There is no such file.' }
    for (const id of [fileId(1), fileId(99)]) expect(await anna.does(refusal(id))).toMatchObject(expected)
    await bo.did({ type: 'chat', room: tea, data: '', files })
    expect(await bo.does(refusal(fileId(1)))).toMatchObject(expected)
    const { status } = await fetch(`${server.url}/api/chat`, {
      method: 'POST',
      headers: { cookie: bo.visitor.cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ ...refusal(fileId(1)), key: 'k' }),
    })
    expect(status).toBe(404)
  })
})

describe('files of a room', () => {
  it('are listed in pages for those who can view it, until they are removed', async (t) => {
    const { anna, cai, bo } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: tea, data: 'one', files: files.slice(0, 1) })
    await bo.did({ type: 'chat', room: tea, data: 'two', files: files.slice(1) })
    const first = await anna.chat.ask({ ...inTea, limit: 1 }, 'files')
    expect(first).toMatchObject({ room: tea, more: true, files: [{ user: bo.user }, {}] })
    expect(idsOf(first)).toEqual(files.slice(1))
    const before = first.files.at(-1)?.message ?? 0
    const rest = await anna.chat.ask({ ...inTea, before }, 'files')
    expect(rest).toMatchObject({ before, more: false, files: [{ id: files[0] }] })
    await cai.did({ type: 'delete', room: tea, ref: before })
    expect(idsOf(await anna.chat.ask(inTea, 'files'))).toEqual(files.slice(0, 1))
  })
  it('are not listed for those who have not opened it, or cannot view it any more', async (t) => {
    const { anna, bo, eve } = await startPopulatedServer(t)
    const refused = { command: 'files', room: tea }
    expect(await eve.chat.ask(inTea, 'error')).toMatchObject({ code: 'not-in-room', ...refused })
    await anna.did({ type: 'ban', room: tea, user: bo.id, forMs: 60_000 })
    expect(await bo.chat.ask(inTea, 'error')).toMatchObject(refused)
    const another = await ConnectedUser.of(bo.visitor)
    expect(await another.chat.ask({ type: 'open', room: tea }, 'error')).toMatchObject({ code: 'no-such-room' })
  })
})
