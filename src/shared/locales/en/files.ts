/** Files of messages: their display, the viewer, and those that are being attached. */
import type { Texts } from '../text.ts'

export const files = {
  // In a message
  files: 'Files',
  openImage: 'Open image: {name}',
  loadImage: 'Load image: {name}',
  nMoreImages: { one: 'and {n} more', other: 'and {n} more' },
  imageFailed: 'Couldn’t load the image.',

  // The viewer
  nOfMany: '{n} of {all}',
  previousImage: 'Previous image',
  nextImage: 'Next image',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  download: 'Download',

  // The composer
  attachFiles: 'Attach files',
  attachedFiles: 'Attached files',
  dropToAttach: 'Drop files to attach them',
  sendAsFile: 'Send the original as a file, with location and camera data',
  altText: 'Description for people who can’t see it',
  altTextOf: 'Description of {name} for people who can’t see it',
  removeFile: 'Remove {name}',
  retryFile: 'Try again: {name}',
  uploadWaiting: 'Waiting',
  uploadOffline: 'Waiting for a connection',
  uploadProgress: '{percent} of {size}',
  uploadDone: 'Uploaded',
  nAttached: { one: '{n} file attached', other: '{n} files attached' },
  noFolders: 'Folders can’t be attached.',
  tooManyFiles: 'A message has at most {n} files.',
  uploadRefused: 'The server didn’t accept the file.',
  uploadFailed: 'Couldn’t upload the file.',

  // The files of a room
  noFiles: 'No files yet',
  images: 'Images',
  otherFiles: 'Other files',
  showFileInRoom: 'Show in room: {name}',

  // Shared from another program
  shareToRoom: 'Share to a room',
  shareHint: 'Choose a room. You can change the message before you send it.',
  nSharedFiles: { one: '{n} file: {names}', other: '{n} files: {names}' },

  // Played, previewed and taken
  playAnimation: 'Play animation: {name}',
  stopAnimation: 'Stop animation: {name}',
  showPreview: 'Show a preview of {name}',
  hidePreview: 'Hide the preview of {name}',
  previewOf: 'Preview of {name}',
  previewCut: 'The first {n} lines at most. Download the file to read all of it.',
  previewNoText: 'This file isn’t text.',
  previewFailed: 'Couldn’t load the preview.',
  chooseFiles: 'Choose files',
  takePhoto: 'Take a photo',
  recordVideo: 'Record a video',
} as const satisfies Texts
