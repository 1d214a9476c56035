// Sends the code, and goes on to where the sign-in was to end. Six digits are of an app, anything else is a backup code.
const form = document.querySelector("form");
const alert = form.querySelector("[role=alert]");

const MESSAGES = {
  INVALID_TWO_FACTOR_COOKIE: "This sign-in is over. Start again where you came from.",
  UNAUTHORIZED: "This sign-in is over. Start again where you came from.",
};

async function send(code, trustDevice) {
  const path = /^\d{6}$/.test(code) ? "verify-totp" : "verify-backup-code";
  return fetch(`/api/auth/two-factor/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, trustDevice }),
  });
}

async function submit() {
  const { code, trust } = form.elements;
  const response = await send(code.value.replaceAll(/\s/g, ""), trust.checked);
  if (!response.ok) {
    const problem = await response.json();
    alert.textContent = MESSAGES[problem.code] ?? problem.detail;
    code.select();
  } else if (form.dataset.next) {
    location.assign(form.dataset.next);
  } else {
    form.replaceChildren("You are signed in. You can close this page.");
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  alert.textContent = "";
  button.disabled = true;
  try {
    await submit();
  } catch {
    alert.textContent = "The server cannot be reached. Try again in a moment.";
  } finally {
    button.disabled = false;
  }
});
