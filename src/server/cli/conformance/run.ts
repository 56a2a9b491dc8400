/** Runs the checks of the protocol against a server, as three guests with random names. */
import type { Check, Scene } from './check.ts'
import { connections } from './checks/connections.ts'
import { http } from './checks/http.ts'
import { log } from './checks/log.ts'
import { refusals } from './checks/refusals.ts'
import { expectEqual, printable } from './expect.ts'
import { newKey, World } from './world.ts'

export interface Result {
  title: string
  /** What was expected and what came; undefined when all is well. */
  fault: string | undefined
}

export interface RunOptions {
  /** How long an answer is waited for. */
  patienceMs?: number
  /** Only checks of these titles. */
  only?: readonly string[]
  /** Told of each result as it comes. */
  report?(result: Result): void
}

const defaultPatienceMs = 10_000
export const checks: readonly Check[] = [...connections, ...log, ...refusals, ...http]
/** The results that are no check of the list. */
export const setUpTitle = 'guests sign in, create a private room and open it'
export const framesTitle = 'every frame is valid by the schemas of the protocol'

/** @param origin `https://chat.example.org` */
export async function runChecks(origin: string, options: RunOptions = {}): Promise<Result[]> {
  const { patienceMs = defaultPatienceMs, only, report = () => {} } = options
  const results: Result[] = []
  const world = new World(origin, patienceMs)
  const note = async (title: string, run: () => Promise<void>) => {
    const result = { title, fault: await faultOf(run) }
    results.push(result)
    report(result)
    return !result.fault
  }
  let scene: Scene | undefined
  try {
    const isSetUp = await note(setUpTitle, async () => {
      scene = await setUp(world)
    })
    if (isSetUp && scene) {
      const set = scene
      for (const { title, run } of checks) if (!only || only.includes(title)) await note(title, () => run(set))
      await note(framesTitle, async () => expectEqual('what is wrong', world.faults, []))
    }
  } finally {
    // What cannot be removed stays: it is not a fault of the protocol, or it was told above.
    if (scene) await faultOf(() => cleanUp(scene as Scene))
    await world.closeAll()
  }
  return results
}

async function faultOf(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    const { message, cause } = error as Error
    return printable(cause instanceof Error ? `${message}: ${cause.message}` : message)
  }
}

/** The room is private: nobody else sees it, then or afterwards. */
async function setUp(world: World): Promise<Scene> {
  const [anna, bo, cleo] = [await world.signIn(), await world.signIn(), await world.signIn()]
  const [annaSocket, boSocket] = [(await world.connect(anna)).socket, (await world.connect(bo)).socket]
  // People know each other who have been in the same public room.
  for (const socket of [annaSocket, boSocket]) {
    await socket.ask({ type: 'open', room: 'lobby' }, 'opened')
    await socket.ask({ type: 'close', room: 'lobby' }, 'closed')
  }
  const name = anna.name
  const created = await annaSocket.ask({ type: 'create', key: newKey(), kind: 'private', name, users: [bo.id] }, 'room')
  const room = String(created.room)
  await boSocket.ask({ type: 'accept', room, key: newKey() }, 'done')
  for (const socket of [annaSocket, boSocket]) await socket.ask({ type: 'open', room }, 'opened')
  return { world, anna, bo, cleo, annaSocket, boSocket, room }
}

/** Deletes the messages, leaves the room and signs out. */
async function cleanUp({ world, anna, bo, cleo, annaSocket, boSocket, room }: Scene): Promise<void> {
  for (const [guest, socket] of [
    [anna, annaSocket],
    [bo, boSocket],
  ] as const) {
    const { messages } = await socket.ask({ type: 'history', room, limit: 1_000 }, 'history')
    const own = (messages as { id: number; user: { id: number }; deleted?: true }[]).filter(
      ({ user, deleted }) => user.id === guest.id && !deleted,
    )
    for (const { id } of own) await socket.ask({ type: 'delete', room, key: newKey(), ref: id }, 'sent')
    await socket.ask({ type: 'leave', room, key: newKey() }, 'done')
  }
  for (const { cookie } of [anna, bo, cleo]) await world.ask('/signout', { method: 'POST', headers: { cookie } })
}
