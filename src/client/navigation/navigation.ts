/** The address says which room the reader is in, and perhaps which message of it. */
import { onMounted, onUnmounted, type Ref, ref, shallowRef } from 'vue'
import { lobby } from '../../shared/protocol/limits.ts'
import { roomPath } from '../../shared/room-path.ts'
import { normalizeName } from '../../shared/text.ts'

export interface RoomLocation {
  room: string
  /** The id of the message that a permalink names. */
  target: number | undefined
}

const pathShape = /^\/rooms\/([^/]+)(?:\/(\d+))?\/?$/

export function locationOf(path: string): RoomLocation | undefined {
  if (path === '/') return { room: lobby, target: undefined }
  const [, name, id] = pathShape.exec(path) ?? []
  const room = name && decoded(name)
  return room ? { room, target: id ? Number(id) : undefined } : undefined
}

export function pathOf(room: string, target?: number): string {
  return room === lobby && target === undefined ? '/' : roomPath(room, target)
}

function decoded(name: string): string | undefined {
  try {
    return normalizeName(decodeURIComponent(name))
  } catch {
    // Somebody typed a percent sign.
    return undefined
  }
}

/** A message that the user wants to see: a new object each time, so that the same id is shown again. */
export interface Target {
  id: number
}

export interface Navigation {
  /** The address of the room that is shown; empty when there is none. */
  here: Ref<string>
  target: Ref<Target | undefined>
  go: (room: string, target?: number) => void
  /** Goes there so that nobody comes back here: to a room, or, without one, to none. */
  replaceWith: (room: string | undefined) => void
}

/** @param initialRoom the one that the server has put into the page */
export function useNavigation(initialRoom: string): Navigation {
  const here = ref(initialRoom)
  const target = shallowRef(targetOf(locationOf(location.pathname)?.target))

  function show(place: RoomLocation) {
    here.value = place.room
    target.value = targetOf(place.target)
  }

  function go(room: string, id?: number) {
    const path = pathOf(room, id)
    if (path !== location.pathname) history.pushState(null, '', path)
    show({ room, target: id })
  }

  function replaceWith(room = '') {
    history.replaceState(null, '', room ? pathOf(room) : '/')
    show({ room, target: undefined })
  }

  const back = () => show(locationOf(location.pathname) ?? { room: initialRoom, target: undefined })
  onMounted(() => window.addEventListener('popstate', back))
  onUnmounted(() => window.removeEventListener('popstate', back))
  return { here, target, go, replaceWith }
}

function targetOf(id: number | undefined): Target | undefined {
  return id === undefined ? undefined : { id }
}
