/** The page shows a room, a dialog over it and a notice. `App.vue` creates this state; components read it and call it. */
import { type InjectionKey, inject, onUnmounted, type Ref, ref, shallowRef, watch } from 'vue'
import { minuteMs } from '../../shared/durations.ts'
import { type Navigation, useNavigation } from '../navigation/navigation.ts'
import type { Settings } from '../settings/settings.ts'
import type { Dialog } from './dialogs.ts'

/** A short notice of what was done, and the action that can be undone. */
export interface ToastMessage {
  text: string
  action?: number | undefined
}

/** `forget`: the browser no longer proves the name of the guest. */
export type ForgetMe = 'forget'

export interface Page extends Navigation {
  /** One at a time. */
  readonly dialog: Readonly<Ref<Dialog | undefined>>
  openDialog(dialog: Dialog): void
  closeDialog(): void
  readonly toast: Readonly<Ref<ToastMessage | undefined>>
  showToast(toast: ToastMessage): void
  hideToast(): void
  readonly settings: Settings
  /** Whether the user points with a finger. */
  readonly isTouch: boolean
  /** Whether nothing can be pointed at without touching it: then no actions appear under a pointer. */
  readonly isHoverless: boolean
  /** The time, once a minute. */
  readonly now: Readonly<Ref<number>>
  /** Signs out, after a confirmation when messages, or the name of a guest, could be lost. */
  askToSignOut(): Promise<void>
  signOut(forget?: ForgetMe): void
}

export interface PageOptions {
  settings: Settings
  /** The room that the server has put into the page. */
  initialRoom: string
  /** How many messages would be lost by signing out. */
  countUnsent(): Promise<number>
  signOut(forget?: ForgetMe): void
  /** Whether the browser alone can prove the user's name. */
  isVerifiedGuest(): boolean
}

export function createPage({ settings, initialRoom, countUnsent, signOut, isVerifiedGuest }: PageOptions): Page {
  const navigation = useNavigation(initialRoom)
  const dialog = shallowRef<Dialog>()
  const toast = shallowRef<ToastMessage>()
  const now = ref(Date.now())
  const minutes = setInterval(() => (now.value = Date.now()), minuteMs)
  onUnmounted(() => clearInterval(minutes))

  // A dialog is about the room in which it was opened. At once: nothing is sent for another room in between.
  watch(navigation.here, () => (dialog.value = undefined), { flush: 'sync' })

  return {
    ...navigation,
    dialog,
    openDialog: (next) => (dialog.value = next),
    closeDialog: () => (dialog.value = undefined),
    toast,
    showToast: (next) => (toast.value = next),
    hideToast: () => (toast.value = undefined),
    settings,
    isTouch: matchMedia('(pointer: coarse)').matches,
    isHoverless: matchMedia('(hover: none)').matches,
    now,
    async askToSignOut() {
      const unsent = await countUnsent()
      if (unsent || isVerifiedGuest()) dialog.value = { type: 'sign-out', unsent }
      else signOut()
    },
    signOut,
  }
}

export const pageKey: InjectionKey<Page> = Symbol('page')

/** What the page shows, which `App.vue` provides. */
export function usePage(): Page {
  const page = inject(pageKey)
  if (!page) throw new Error('No page is provided.')
  return page
}
