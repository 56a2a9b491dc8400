/** Who may read a file, and who may upload one: for all others the answer is the one for a file that does not exist. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { begun, create, type Headers, idIn, read, tusHeaders, uploaded } from '../support/clients/uploads.ts'
import { visitorNamed } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { type ConnectedUser, type PopulatedServer, startPopulatedServer } from '../support/server/populated-server.ts'

const settings = { MIN_FREE_BYTES: '0' }
const cookieOf = ({ visitor }: ConnectedUser): Headers => ({ cookie: visitor.cookie })

async function sendIn({ server }: PopulatedServer, by: ConnectedUser, room: string) {
  const id = await uploaded(server, cookieOf(by), { room, name: 'plan.txt', bytes: 'the plan' })
  const sent = await by.does({ type: 'chat', room, data: '', files: [id] })
  if (sent.type !== 'sent') throw new Error(`It was not sent: ${JSON.stringify(sent)}`)
  return { id, message: sent.id }
}

/** All that a client hears, without what differs between any two answers. */
async function answerTo(populated: PopulatedServer, who: Headers, id: string, more: Headers = {}, method = 'GET') {
  const { status, headers, body } = await (async () => {
    const response = await read(populated.server, who, id, more, method)
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
  })()
  const { date: _, ...rest } = headers
  return { status, headers: rest, body: body.replaceAll(id, 'ID') }
}

const absent = 'f'.repeat(32)

describe('a file in a private room', () => {
  it('can be read by its members, and for everybody else it does not exist', async (t) => {
    const populated = await startPopulatedServer(t, settings)
    const { server, anna, bo, cai, eve, ada, owen } = populated
    const { id } = await sendIn(populated, anna, den)
    for (const member of [anna, bo, cai])
      expect(await answerTo(populated, cookieOf(member), id)).toMatchObject({ status: 200, body: 'the plan' })
    const unverified = await visitorNamed(server, 'Bo')
    const outsiders: [string, Headers][] = [
      ['a stranger', cookieOf(eve)],
      ['an admin who is not in the room', cookieOf(ada)],
      ['the owner, who is not in the room', cookieOf(owen)],
      ['somebody who has typed the name of a member', { cookie: unverified.cookie }],
      ['nobody', {}],
      ['a wrong token', { authorization: `Bearer ${'x'.repeat(43)}` }],
      ['a member with a wrong token', { ...cookieOf(bo), authorization: 'Bearer wrong' }],
    ]
    for (const [who, headers] of outsiders) {
      for (const [method, more] of [
        ['GET', {}],
        ['HEAD', {}],
        ['GET', { range: 'bytes=0-1' }],
        ['GET', { 'if-none-match': '*' }],
      ] as const) {
        const answer = await answerTo(populated, headers, id, more, method)
        expect(answer.status, who).toBe(404)
        expect(answer, who).toEqual(await answerTo(populated, headers, absent, more, method))
      }
    }
  })

  it('stops coming when its reader is removed from the room while they download it', async (t) => {
    const populated = await startPopulatedServer(t, settings)
    const { server, anna, bo } = populated
    const bytes = 20_000_000
    const id = await uploaded(server, cookieOf(anna), { room: den, bytes: 'x'.repeat(bytes) })
    await anna.did({ type: 'chat', room: den, data: '', files: [id] })
    const { body } = await read(server, cookieOf(bo), id)
    let came = 0
    const download = async () => {
      for await (const part of body as ReadableStream<Uint8Array>) {
        if (came === 0) await anna.did({ type: 'kick', room: den, user: bo.id })
        came += part.length
        // A slow reader, who is not done before the server has asked again.
        await setTimeout(20)
      }
    }
    await expect(download()).rejects.toThrow()
    expect(came).toBeLessThan(bytes)
  })

  it('cannot be read any more by a member who was removed, from that moment on', async (t) => {
    const populated = await startPopulatedServer(t, settings)
    const { anna, bo } = populated
    const { id } = await sendIn(populated, bo, den)
    const { id: unsent } = { id: await uploaded(populated.server, cookieOf(bo), { room: den, bytes: 'unsent' }) }
    const path = await begun(populated.server, cookieOf(bo), { room: den, bytes: 'unfinished' })
    for (const one of [id, unsent]) expect((await answerTo(populated, cookieOf(bo), one)).status).toBe(200)
    await anna.did({ type: 'kick', room: den, user: bo.id })
    const none = await answerTo(populated, cookieOf(bo), absent)
    for (const one of [id, unsent]) expect(await answerTo(populated, cookieOf(bo), one)).toEqual(none)
    const asked = await fetch(populated.server.url + path, {
      method: 'HEAD',
      headers: { ...tusHeaders, ...cookieOf(bo) },
    })
    expect(asked.status, 'nor can they go on with an upload').toBe(404)
    expect((await answerTo(populated, cookieOf(anna), id)).status, 'it is still there').toBe(200)
  })

  it('is its uploader’s alone until it is sent, and nobody’s after its message was deleted', async (t) => {
    const populated = await startPopulatedServer(t, settings)
    const { server, anna, bo } = populated
    const unsent = await uploaded(server, cookieOf(anna), { room: den, bytes: 'tea' })
    const unfinished = idIn(await begun(server, cookieOf(anna), { room: den, bytes: 'tea' }))
    const statuses = (id: string) =>
      Promise.all([anna, bo].map(async (one) => (await answerTo(populated, cookieOf(one), id)).status))
    expect(await statuses(unsent)).toEqual([200, 404])
    expect(await statuses(unfinished)).toEqual([404, 404])
    const { id, message } = await sendIn(populated, anna, den)
    expect(await statuses(id)).toEqual([200, 200])
    await anna.did({ type: 'delete', room: den, ref: message })
    expect(await statuses(id)).toEqual([404, 404])
  })

  it('can be uploaded by those who may write there, and for others the room does not exist', async (t) => {
    const populated = await startPopulatedServer(t, settings)
    const { server, anna, bo, eve } = populated
    const refusal = async (who: Headers, room: string) => {
      const response = await create(server, who, { room, bytes: 'tea' })
      return [response.status, await response.json()]
    }
    const hidden = await refusal(cookieOf(eve), den)
    expect(hidden).toEqual([404, { type: 'error', code: 'no-such-room', message: expect.any(String) }])
    expect(await refusal(cookieOf(eve), '~none')).toEqual(hidden)
    expect((await refusal({}, den))[0]).toBe(401)
    expect((await create(server, cookieOf(bo), { room: den, bytes: 'tea' })).status).toBe(201)
    await anna.did({ type: 'mute', room: den, user: bo.id, forMs: 60_000 })
    expect(await refusal(cookieOf(bo), den)).toMatchObject([403, { code: 'muted' }])
    await anna.did({ type: 'change', room: tea, archived: true })
    expect(await refusal(cookieOf(bo), tea)).toMatchObject([403, { code: 'read-only' }])
  })

  it('cannot be uploaded by the page of a user in whose browser another has signed in since', async (t) => {
    const { server, anna, bo } = await startPopulatedServer(t, settings)
    const as = (id: number) =>
      create(server, { ...cookieOf(bo), 'teahouse-user': String(id) }, { room: den, bytes: 'tea' })
    expect((await as(bo.id)).status).toBe(201)
    expect((await as(anna.id)).status).toBe(401)
  })
})
