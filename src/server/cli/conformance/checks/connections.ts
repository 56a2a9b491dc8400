/** How connections begin and end. */
import { closeCodes } from '../../../../shared/protocol/close-codes.ts'
import type { Check, Scene } from '../check.ts'
import { expectEqual, expectTrue } from '../expect.ts'
import { Socket } from '../socket.ts'

const foreign = { origin: 'https://elsewhere.example' }

/** The end of a fresh connection after what is done with it. */
async function endAfter({ world, anna }: Scene, act: (socket: Socket) => void): Promise<number> {
  const { socket } = await world.connect(anna)
  act(socket)
  const timer = setTimeout(() => void socket.close(), world.patienceMs)
  const { code } = await socket.closed
  clearTimeout(timer)
  return code
}

export const connections: Check[] = [
  {
    title: 'welcome is the first frame and names the user and the limits',
    async run({ world, anna }) {
      const { welcome, socket } = await world.connect(anna)
      await socket.close()
      expectEqual('the type of the first frame', welcome.type, 'welcome')
      const { user, limits, heartbeatMs } = welcome as Record<string, unknown>
      expectEqual('the id of the user', Object(user).id, anna.id)
      expectTrue('limits with maxFrameBytes', Object(limits).maxFrameBytes > 0, limits)
      expectTrue('heartbeatMs above 0', Number(heartbeatMs) > 0, heartbeatMs)
    },
  },
  {
    title: 'a socket without a session is closed with 4001',
    async run({ world }) {
      const socket = await world.open({ protocol: 'chat.v1' })
      const timer = setTimeout(() => void socket.close(), world.patienceMs)
      const { code } = await socket.closed
      clearTimeout(timer)
      expectEqual('the close code', code, closeCodes.invalidUser)
    },
  },
  {
    title: 'a handshake of a foreign origin is refused with 403',
    async run({ world, anna }) {
      const opened = await world.handshake({ protocol: 'chat.v1', headers: { cookie: anna.cookie, ...foreign } })
      expectEqual('the status', opened instanceof Socket ? 101 : opened, 403)
    },
  },
  {
    title: 'a handshake for an unknown subprotocol is refused with 400',
    async run({ world, anna }) {
      const opened = await world.handshake({ protocol: 'chat.v0', headers: { cookie: anna.cookie } })
      expectEqual('the status', opened instanceof Socket ? 101 : opened, 400)
    },
  },
  {
    title: 'an unknown path of a WebSocket is refused with 404',
    async run({ world, anna }) {
      const opened = await world.handshake({ path: '/ws/nowhere', headers: { cookie: anna.cookie } })
      expectEqual('the status', opened instanceof Socket ? 101 : opened, 404)
    },
  },
  {
    title: 'ping is answered with pong',
    run: async ({ annaSocket }) => void (await annaSocket.settle()),
  },
  {
    title: 'a frame that is no JSON object is bad-frame, and the connection stays',
    async run({ annaSocket }) {
      for (const frame of ['{', '[]', '"text"', 'null']) {
        annaSocket.send(frame)
        const error = await annaSocket.next('an error', ({ type }) => type === 'error')
        expectEqual(`the code for ${frame}`, error.code, 'bad-frame')
      }
      await annaSocket.settle()
    },
  },
  {
    title: 'a binary frame closes the connection with 1003',
    async run(scene) {
      const code = await endAfter(scene, (socket) => socket.send(Buffer.from('{"type":"ping"}')))
      expectEqual('the close code', code, closeCodes.unsupportedData)
    },
  },
  {
    title: 'invalid UTF-8 closes the connection with 1007',
    async run(scene) {
      const code = await endAfter(scene, (socket) => socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }))
      expectEqual('the close code', code, closeCodes.invalidPayload)
    },
  },
  {
    title: 'a frame beyond maxFrameBytes closes the connection with 1009',
    async run(scene) {
      const { socket, welcome } = await scene.world.connect(scene.anna)
      await socket.close()
      const maxBytes = Number(Object(welcome.limits).maxFrameBytes)
      const code = await endAfter(scene, (one) => one.send(`"${'x'.repeat(maxBytes)}"`))
      expectEqual('the close code', code, closeCodes.tooLarge)
    },
  },
  {
    title: 'the echo socket answers a text after ECHO:',
    async run({ world }) {
      const socket = await world.open({ path: '/ws/echo' })
      socket.send('tea')
      const answer = await socket.next('the echo', () => true)
      await socket.close()
      expectEqual('the echo', answer.data, 'ECHO: tea')
    },
  },
  {
    title: 'a socket without a subprotocol is classic: join and list of the lobby',
    async run({ world, cleo }) {
      const socket = await world.open({ headers: { cookie: cleo.cookie } })
      const list = await socket.next('list', ({ type }) => type === 'list')
      await socket.close()
      const users = Array.isArray(list.data) ? list.data : []
      expectTrue(
        'a list that has oneself',
        users.some((user) => Object(user).id === cleo.id),
        list,
      )
    },
  },
  {
    title: 'signing out closes the connections with 4002 and ends the session',
    async run({ world }) {
      const guest = await world.signIn()
      const { socket } = await world.connect(guest)
      const { status } = await world.ask('/signout', { method: 'POST', headers: { cookie: guest.cookie } })
      expectEqual('the status of POST /signout', status, 303)
      const timer = setTimeout(() => void socket.close(), world.patienceMs)
      const { code } = await socket.closed
      clearTimeout(timer)
      expectEqual('the close code', code, closeCodes.signedOut)
      expectEqual(
        'the status of GET /api/me',
        (await world.ask('/api/me', { headers: { cookie: guest.cookie } })).status,
        401,
      )
    },
  },
]
