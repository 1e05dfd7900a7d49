// Hands a film the pictures that were drawn after it: two components of one page share its window.

export default function ({ data }) {
  const room = (window.lymphoscapeLater ??= new Map());
  room.set(data.film, data);
  window.dispatchEvent(new CustomEvent("lymphoscape-later", { detail: data.film }));
  return () => {
    if (room.get(data.film) === data) room.delete(data.film);
  };
}
