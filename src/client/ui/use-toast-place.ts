import { onMounted, onUnmounted, type Ref, shallowRef, watch } from 'vue'

/**
 * Where the toast stands in the page. A modal dialog makes everything outside of it inert, so the toast stands in the dialog
 * as long as one is open, and always in the top layer. A toast is announced once: it is put into a region that screen readers
 * follow, and later moves go to places that they do not follow.
 * @returns undefined for the region of the page, in which the toast is anyway
 */
export function useToastPlace(toast: Readonly<Ref<HTMLElement | null>>, shown: () => unknown) {
  const place = shallowRef<Element>()
  // A dialog that closes with the action is closed by now: the page is drawn after both.
  watch(shown, () => (place.value = openDialog()?.querySelector('.dialog-notices') ?? undefined), { immediate: true })

  function follow() {
    const dialog = openDialog() ?? null
    const stands = toast.value?.isConnected ? toast.value.closest('dialog') : undefined
    if (stands !== dialog) place.value = dialog ?? document.body
  }

  /** Above what was opened since. */
  function raise() {
    if (!toast.value?.isConnected) return
    if (toast.value.matches(':popover-open')) toast.value.hidePopover()
    toast.value.showPopover()
  }

  const dialogs = new MutationObserver(follow)
  onMounted(() => {
    raise()
    dialogs.observe(document.body, { subtree: true, childList: true, attributeFilter: ['open'] })
  })
  onUnmounted(() => dialogs.disconnect())
  watch([place, shown], raise, { flush: 'post' })
  return place
}

function openDialog(): Element | undefined {
  return [...document.querySelectorAll('dialog[open]')].at(-1)
}
