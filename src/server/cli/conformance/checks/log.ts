/** Messages, their order, and catching up. */
import { type Check, lastId, type Scene, say } from '../check.ts'
import { expectEqual, expectTrue } from '../expect.ts'
import type { Frame, Socket } from '../socket.ts'
import { newKey } from '../world.ts'

const idsOf = (list: unknown) => (Array.isArray(list) ? list.map((one) => Object(one).id) : list)

function entry(socket: Socket, room: string, id: number): Promise<Frame> {
  return socket.any(
    `the entry ${id}`,
    (frame) => frame.type !== 'sent' && frame.room === room && frame.id === id && 'at' in frame,
  )
}

/** Another connection of Bo, with the room opened in the way given. */
async function reopened({ world, bo, room }: Scene, more: object): Promise<Frame> {
  const { socket } = await world.connect(bo)
  try {
    return await socket.ask({ type: 'open', room, ...more }, 'opened')
  } finally {
    await socket.close()
  }
}

export const log: Check[] = [
  {
    title: 'a message is acknowledged before it arrives, and everybody receives it',
    async run(scene) {
      const { annaSocket, boSocket, anna, room } = scene
      const key = newKey()
      annaSocket.send({ type: 'chat', room, key, data: 'hello' })
      const first = await annaSocket.next(
        'sent or the message',
        (frame) => ['sent', 'chat'].includes(frame.type) && frame.room === room,
      )
      expectEqual('the first frame', [first.type, first.key], ['sent', key])
      for (const socket of [annaSocket, boSocket]) {
        const got = await entry(socket, room, Number(first.id))
        expectEqual('the message', [got.type, got.data, Object(got.user).id], ['chat', 'hello', anna.id])
      }
    },
  },
  {
    title: 'a command that is sent again under its key is answered alike and stored once',
    async run(scene) {
      const { annaSocket, room } = scene
      const command = { type: 'chat', room, key: newKey(), data: 'once' }
      const [one, two] = [await annaSocket.ask(command, 'sent'), await annaSocket.ask(command, 'sent')]
      expectEqual('the id of the second answer', two.id, one.id)
      expectEqual('the newest entry', await lastId(scene, annaSocket), one.id)
    },
  },
  {
    title: 'a key that was used for something else is bad-field',
    async run({ annaSocket, room }) {
      const command = { type: 'chat', room, key: newKey(), data: 'one' }
      await annaSocket.ask(command, 'sent')
      const error = await annaSocket.refusal({ ...command, data: 'other' })
      expectEqual('the code', error.code, 'bad-field')
    },
  },
  {
    title: 'ids have no gaps, and everybody receives the entries in their order',
    async run(scene) {
      const { annaSocket, boSocket, room } = scene
      const last = await lastId(scene, annaSocket)
      const sent = await Promise.all(
        [annaSocket, boSocket].map(async (socket) => {
          const ids = []
          for (const data of ['one', 'two', 'three']) ids.push(await say(scene, socket, data))
          return ids
        }),
      )
      const expected = Array.from({ length: 6 }, (_, at) => last + 1 + at)
      expectEqual(
        'the ids',
        sent.flat().toSorted((a, b) => a - b),
        expected,
      )
      for (const socket of [annaSocket, boSocket]) {
        await socket.settle()
        expectEqual('the order', idsOf(socket.entries(room).filter(({ id }) => Number(id) > last)), expected)
      }
    },
  },
  {
    title: 'unknown fields of a command are ignored',
    async run(scene) {
      await say(scene, scene.annaSocket, 'hello', { colour: 'green' })
    },
  },
  {
    title: 'edits, reactions and deletions are entries, and the message has them',
    async run(scene) {
      const { annaSocket, boSocket, bo, room } = scene
      const ref = await say(scene, annaSocket, 'first')
      const key = newKey
      const edit = await annaSocket.ask({ type: 'edit', room, key: key(), ref, data: 'second' }, 'sent')
      const react = await boSocket.ask({ type: 'react', room, key: key(), ref, data: '👍', on: true }, 'sent')
      expectEqual('the edit', (await entry(boSocket, room, Number(edit.id))).data, 'second')
      expectEqual('the reaction', (await entry(annaSocket, room, Number(react.id))).on, true)
      const { messages } = await annaSocket.ask({ type: 'history', room, around: ref }, 'history')
      const message = Object((messages as Frame[]).find(({ id }) => id === ref))
      expectEqual('the message', [message.data, message.reactions], ['second', { '👍': [bo.id] }])
      expectTrue('edited with a time', message.edited > 0, message)
      const gone = await annaSocket.ask({ type: 'delete', room, key: key(), ref }, 'sent')
      expectEqual('the deletion', (await entry(boSocket, room, Number(gone.id))).ref, ref)
      const after = await annaSocket.ask({ type: 'history', room, around: ref }, 'history')
      const left = Object((after.messages as Frame[]).find(({ id }) => id === ref))
      expectEqual('the deleted message', [left.data, left.deleted], ['', true])
    },
  },
  {
    title: 'history has pages before, after and around a message, oldest first',
    async run(scene) {
      const { annaSocket, room } = scene
      const ids: number[] = []
      for (const data of ['1', '2', '3', '4', '5']) ids.push(await say(scene, annaSocket, data))
      const page = async (more: object) => {
        const { messages } = await annaSocket.ask({ type: 'history', room, ...more }, 'history')
        return idsOf(messages)
      }
      expectEqual('the page before the last', await page({ before: ids[4], limit: 2 }), ids.slice(2, 4))
      expectEqual('the page after the first', await page({ after: ids[0], limit: 2 }), ids.slice(1, 3))
      expectEqual('the newest page', await page({ limit: 2 }), ids.slice(3))
      expectTrue(
        'the message itself in the page around it',
        ((await page({ around: ids[2], limit: 3 })) as number[]).includes(ids[2] ?? 0),
      )
      const error = await annaSocket.refusal({ type: 'history', room, before: ids[0], after: ids[0] })
      expectEqual('the code for before and after', error.code, 'bad-field')
    },
  },
  {
    title: 'open with after has exactly the entries that were missed',
    async run(scene) {
      const { annaSocket } = scene
      const { last, at, epoch } = await reopened(scene, {})
      const ids = []
      for (const data of ['while', 'you', 'were away']) ids.push(await say(scene, annaSocket, data))
      const opened = await reopened(scene, { after: last, at, epoch })
      expectEqual('reset and more', [opened.reset, opened.more], [false, false])
      expectEqual('the entries', idsOf(opened.entries), ids)
      const none = await reopened(scene, { after: ids.at(-1), epoch })
      expectEqual('the entries after the last', none.entries, [])
    },
  },
  {
    title: 'open with after and a limit has the first of the missed entries, and more',
    async run(scene) {
      const { annaSocket } = scene
      const after = await lastId(scene, annaSocket)
      for (const data of ['1', '2', '3']) await say(scene, annaSocket, data)
      const opened = await reopened(scene, { after, limit: 2 })
      expectEqual('the entries', idsOf(opened.entries), [after + 1, after + 2])
      expectEqual('more', opened.more, true)
    },
  },
  {
    title: 'open with the epoch of another log is answered with reset',
    async run(scene) {
      const after = await say(scene, scene.annaSocket, 'here')
      const opened = await reopened(scene, { after, epoch: 'of another log' })
      expectEqual('reset', opened.reset, true)
      expectTrue('messages instead of entries', Array.isArray(opened.messages) && !opened.entries)
    },
  },
  {
    title: 'typing reaches the others and not its author',
    async run({ annaSocket, boSocket, anna, room }) {
      await boSocket.settle()
      annaSocket.send({ type: 'typing', room })
      const typing = await boSocket.next('typing', ({ type }) => type === 'typing')
      expectEqual('who is typing', Object(typing.user).id, anna.id)
      const own = (await annaSocket.settle()).filter(({ type }) => type === 'typing')
      expectEqual('the author’s own typing', own, [])
    },
  },
  {
    title: 'a read mark reaches the other connections of the user and does not move back',
    async run(scene) {
      const { world, bo, boSocket, room } = scene
      const id = await say(scene, scene.annaSocket, 'read me')
      const { socket } = await world.connect(bo)
      await socket.ask({ type: 'open', room }, 'opened')
      boSocket.send({ type: 'read', room, id })
      await socket.next('the read mark', (frame) => frame.type === 'read' && frame.id === id)
      boSocket.send({ type: 'read', room, id: id - 1 })
      await boSocket.settle()
      const { read } = await socket.ask({ type: 'summary', room }, 'room')
      await socket.close()
      expectEqual('the mark', read, id)
    },
  },
  {
    title: 'opened lists who is online, and the others receive join and left',
    async run({ world, cleo, bo }) {
      const lobby = 'lobby'
      const { socket } = await world.connect(bo)
      await socket.ask({ type: 'open', room: lobby }, 'opened')
      const other = await world.connect(cleo)
      const opened = await other.socket.ask({ type: 'open', room: lobby }, 'opened')
      const isLarge = Number(opened.online) > (opened.list as unknown[]).length
      if (!isLarge) {
        expectTrue(
          'a list with both',
          [bo.id, cleo.id].every((id) => (idsOf(opened.list) as number[]).includes(id)),
          opened.list,
        )
        await socket.next('join', (frame) => frame.type === 'join' && Object(frame.user).id === cleo.id)
      }
      await other.socket.close()
      if (!isLarge) await socket.next('left', (frame) => frame.type === 'left' && Object(frame.user).id === cleo.id)
      await socket.close()
    },
  },
]
