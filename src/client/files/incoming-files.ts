/** Files come from the button of the composer, from the clipboard, or are dropped anywhere over the room. */
import { onMounted, onUnmounted, ref } from 'vue'

interface Incoming {
  box: HTMLTextAreaElement
  /** Whether the user may attach files now. */
  canTake: () => boolean
  take(files: File[], hasFolders: boolean): void
}

/** `isOver`: files are being dragged over the page. `pick`: the files of an input were chosen. */
export function useIncomingFiles({ box, canTake, take }: Incoming) {
  const isOver = ref(false)
  /** Each element that is entered is left later, the inner one after the outer one was entered. */
  let depth = 0

  function pick({ target }: Event) {
    const input = target as HTMLInputElement
    if (input.files?.length) take([...input.files], false)
    // The same file can be picked again.
    input.value = ''
  }

  function pasted(event: ClipboardEvent) {
    const { files, types } = event.clipboardData ?? {}
    // A text that comes with its picture, as from a spreadsheet, is a text.
    if (!files?.length || types?.includes('text/plain') || !canTake()) return
    event.preventDefault()
    take([...files], false)
  }

  function dragged(event: DragEvent) {
    if (!event.dataTransfer?.types.includes('Files')) return
    // Without this the browser opens the file in place of the page.
    event.preventDefault()
    if (event.type === 'dragenter') depth++
    if (event.type === 'dragleave') depth = Math.max(0, depth - 1)
    if (event.type === 'drop') depth = 0
    const isTaken = canTake() && !document.querySelector('dialog:modal')
    event.dataTransfer.dropEffect = isTaken ? 'copy' : 'none'
    isOver.value = depth > 0 && isTaken
    if (event.type !== 'drop' || !isTaken) return
    const folders = [...event.dataTransfer.items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory)
    const names = folders.map((item) => item.getAsFile()?.name)
    take(
      [...event.dataTransfer.files].filter(({ name }) => !names.includes(name)),
      folders.length > 0,
    )
  }

  const drags = ['dragenter', 'dragover', 'dragleave', 'drop'] as const
  onMounted(() => {
    box.addEventListener('paste', pasted)
    for (const type of drags) window.addEventListener(type, dragged)
  })
  onUnmounted(() => {
    box.removeEventListener('paste', pasted)
    for (const type of drags) window.removeEventListener(type, dragged)
  })
  return { isOver, pick }
}
