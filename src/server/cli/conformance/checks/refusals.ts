/** What is refused, and with which code. */
import { type Check, say } from '../check.ts'
import { expectEqual } from '../expect.ts'
import { newKey } from '../world.ts'

export const refusals: Check[] = [
  {
    title: 'an unknown type is unknown-type',
    async run({ annaSocket }) {
      expectEqual('the code', (await annaSocket.refusal({ type: 'brew' })).code, 'unknown-type')
    },
  },
  {
    title: 'an error repeats the type, the key and the room of its command',
    async run({ annaSocket, room }) {
      const key = newKey()
      const {
        command,
        key: repeated,
        room: where,
      } = await annaSocket.refusal({ type: 'edit', room, key, ref: 'x', data: 'y' })
      expectEqual('command, key and room', [command, repeated, where], ['edit', key, room])
    },
  },
  {
    title: 'missing and wrong fields are bad-field',
    async run({ annaSocket, room }) {
      const key = newKey
      const wrong = [
        { type: 'chat', room, key: key() },
        { type: 'chat', room, key: key(), data: '   ' },
        { type: 'chat', room, key: key(), data: 7 },
        { type: 'chat', room, key: key(), data: 'a\0b' },
        { type: 'open' },
        { type: 'history', room, limit: 0 },
        { type: 'react', room, key: key(), ref: 1, data: 'not an emoji', on: true },
      ]
      for (const command of wrong)
        expectEqual(`the code for ${JSON.stringify(command)}`, (await annaSocket.refusal(command)).code, 'bad-field')
    },
  },
  {
    title: 'a message of 4,000 characters is stored, and one of 4,001 is too-long',
    async run(scene) {
      const { annaSocket, room } = scene
      await say(scene, annaSocket, '茶'.repeat(4_000))
      const error = await annaSocket.refusal({ type: 'chat', room, key: newKey(), data: '茶'.repeat(4_001) })
      expectEqual('the code', error.code, 'too-long')
    },
  },
  {
    title: 'commands about a room that is not open are not-in-room',
    async run({ world, anna, room }) {
      const { socket } = await world.connect(anna)
      const error = await socket.refusal({ type: 'chat', room, key: newKey(), data: 'hello' })
      await socket.close()
      expectEqual('the code', error.code, 'not-in-room')
    },
  },
  {
    title: 'a private room is no-such-room for others, like one that does not exist',
    async run({ world, cleo, room }) {
      const { socket } = await world.connect(cleo)
      const [hidden, none] = [
        await socket.refusal({ type: 'open', room }),
        await socket.refusal({ type: 'open', room: `~${newKey()}` }),
      ]
      await socket.close()
      expectEqual('the codes', [hidden.code, none.code], ['no-such-room', 'no-such-room'])
      expectEqual('the message', hidden.message, none.message)
    },
  },
  {
    title: 'what refers to a message that does not exist is no-such-message',
    async run({ annaSocket, room }) {
      for (const command of [
        { type: 'edit', data: 'x' },
        { type: 'delete' },
        { type: 'react', data: '👍', on: true },
      ]) {
        const error = await annaSocket.refusal({ ...command, room, key: newKey(), ref: 1_000_000_000 })
        expectEqual(`the code of ${command.type}`, error.code, 'no-such-message')
      }
    },
  },
  {
    title: 'the messages of others cannot be edited',
    async run(scene) {
      const { annaSocket, boSocket, room } = scene
      const ref = await say(scene, annaSocket, 'mine')
      const error = await boSocket.refusal({ type: 'edit', room, key: newKey(), ref, data: 'yours' })
      expectEqual('the code', error.code, 'forbidden')
    },
  },
  {
    title: 'guests cannot moderate the server',
    async run({ annaSocket, bo }) {
      for (const command of [
        { type: 'audit' },
        { type: 'ban', user: bo.id },
        { type: 'purge', user: bo.id },
        { type: 'role', user: bo.id, role: 'admin' },
      ])
        expectEqual(
          `the code of ${command.type}`,
          (await annaSocket.refusal({ ...command, key: newKey() })).code,
          'forbidden',
        )
    },
  },
]
