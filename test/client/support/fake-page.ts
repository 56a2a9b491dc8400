import { vi } from 'vitest'
import { computed, ref, shallowRef } from 'vue'
import type { Dialog } from '../../../src/client/app/dialogs.ts'
import { type Page, pageKey, type ToastMessage } from '../../../src/client/app/page.ts'
import type { Target } from '../../../src/client/navigation/navigation.ts'
import type { WriteBlock } from '../../../src/client/room/access.ts'
import { newRoom } from '../../../src/client/room/reduce-room.ts'
import type { RoomState } from '../../../src/client/room/room-state.ts'
import { type RoomView, roomViewKey } from '../../../src/client/room/use-room-view.ts'
import type { Settings } from '../../../src/client/settings/settings.ts'
import { li } from './fakes.ts'

/** Notes what is called, and does nothing. */
export function fakePage({ here = 'lobby', isTouch = false, ...settings }: FakePageOptions = {}) {
  return {
    here: ref(here),
    target: shallowRef<Target>(),
    go: vi.fn<Page['go']>(),
    replaceWith: vi.fn<Page['replaceWith']>(),
    dialog: shallowRef<Dialog>(),
    openDialog: vi.fn<Page['openDialog']>(),
    closeDialog: vi.fn<Page['closeDialog']>(),
    toast: shallowRef<ToastMessage>(),
    showToast: vi.fn<Page['showToast']>(),
    hideToast: vi.fn<Page['hideToast']>(),
    settings: { enterSends: true, opensAtEnd: false, sound: false, notify: false, ...settings },
    isTouch,
    isHoverless: isTouch,
    now: ref(Date.now()),
    askToSignOut: vi.fn<Page['askToSignOut']>(),
    signOut: vi.fn<Page['signOut']>(),
  } satisfies Page
}

export interface FakePageOptions extends Partial<Settings> {
  here?: string
  isTouch?: boolean
}

export function fakeRoomView(some: { room?: RoomState; writeBlock?: WriteBlock | undefined } = {}) {
  const writeBlock = ref(some.writeBlock)
  const menuMessageId = ref<number>()
  return {
    menuMessageId: computed({ get: () => menuMessageId.value, set: (next) => (menuMessageId.value = next) }),
    room: computed(() => some.room ?? newRoom('tea', li)),
    writeBlock: computed({ get: () => writeBlock.value, set: (next) => (writeBlock.value = next) }),
    checkedAt: computed(() => Date.now()),
    isWriteBlocked: computed(() => writeBlock.value !== undefined && writeBlock.value.type !== 'slow'),
    isClosed: computed(() => writeBlock.value !== undefined && !('until' in writeBlock.value)),
    reply: vi.fn<RoomView['reply']>(),
    edit: vi.fn<RoomView['edit']>(),
    markUnread: vi.fn<RoomView['markUnread']>(),
    jumpTo: vi.fn<RoomView['jumpTo']>(),
    openMenu: vi.fn<RoomView['openMenu']>(),
  } satisfies RoomView
}

/** What the components under `App.vue` and `RoomView.vue` are provided with. */
export function provided(page: Page = fakePage(), view: RoomView = fakeRoomView()) {
  return { [pageKey as symbol]: page, [roomViewKey as symbol]: view }
}
