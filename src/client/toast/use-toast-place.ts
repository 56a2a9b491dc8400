import { onBeforeUnmount, onMounted, type Ref, watch } from 'vue'

/**
 * Keeps the toast where it can be seen and pressed: in the top layer, and in the open dialog if there is one, since a modal dialog
 * makes everything outside of it inert. A toast is announced once: it is put into a region that screen readers follow, and later
 * moves go to places that they do not follow. By hand: Vue's part for it would be in the first load.
 */
export function useToastPlace(toast: Readonly<Ref<HTMLElement | null>>, shown: () => unknown) {
  let home: Element | null = null

  /** A dialog that closes with the action is closed by now: the page is drawn after both. */
  function announce() {
    move(openDialog()?.querySelector('.dialog-notices') ?? home)
  }

  function follow() {
    const dialog = openDialog() ?? null
    const stands = toast.value?.isConnected ? toast.value.closest('dialog') : undefined
    if (stands !== dialog) move(dialog ?? document.body)
  }

  /** And above what was opened since. */
  function move(to: Element | null) {
    const element = toast.value
    if (!element || !to) return
    if (element.parentElement !== to) to.append(element)
    if (element.matches(':popover-open')) element.hidePopover()
    element.showPopover()
  }

  const dialogs = new MutationObserver(follow)
  onMounted(() => {
    home = toast.value?.parentElement ?? null
    announce()
    dialogs.observe(document.body, { subtree: true, childList: true, attributeFilter: ['open'] })
  })
  watch(shown, announce, { flush: 'post' })
  onBeforeUnmount(() => {
    dialogs.disconnect()
    toast.value?.remove()
  })
}

function openDialog(): Element | undefined {
  return [...document.querySelectorAll('dialog[open]')].at(-1)
}
