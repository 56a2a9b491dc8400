import type { Socket } from './socket.ts'
import type { Guest, World } from './world.ts'

/** What checks work with: a private room of two guests, each with a connection that has it open; Cleo is not in it. */
export interface Scene {
  world: World
  anna: Guest
  bo: Guest
  cleo: Guest
  annaSocket: Socket
  boSocket: Socket
  room: string
}

/** Each is independent of the others. `run` throws a Failure when the server does not keep to the protocol. */
export interface Check {
  title: string
  run(scene: Scene): Promise<void>
}

/** Sends a message. @returns its id */
export async function say(
  { room }: Pick<Scene, 'room'>,
  socket: Socket,
  data: string,
  more: object = {},
): Promise<number> {
  const sent = await socket.ask({ type: 'chat', room, key: crypto.randomUUID(), data, ...more }, 'sent')
  return Number(sent.id)
}

/** The id of the newest entry of the room. */
export async function lastId({ room }: Pick<Scene, 'room'>, socket: Socket): Promise<number> {
  return Number((await socket.ask({ type: 'open', room }, 'opened')).last)
}
