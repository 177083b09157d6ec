// Keeps the part of the address after #, so that a link to a view still leads there after signing in.
const form = document.querySelector("form");
if (location.hash) form.action = `/sign-in${location.hash}`;
form.addEventListener("submit", () => {
  const button = form.querySelector("button");
  button.textContent = "Signing in …";
  setTimeout(() => { button.disabled = true; });
});
