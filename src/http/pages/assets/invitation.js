// Shows who invites to what, and says yes or no.
const form = document.querySelector("form");
const status = form.querySelector("[role=status]");
const alert = form.querySelector("[role=alert]");
const invitationId = form.dataset.invitation;

const SIGN_IN = "Sign in first, as whoever the invitation was sent to, and open this page again.";

const detailOf = async (response) => (response.status === 401 ? SIGN_IN : (await response.json()).detail);

async function show() {
  const query = new URLSearchParams({ id: invitationId });
  const response = await fetch(`/api/auth/organization/get-invitation?${query}`);
  if (!response.ok) {
    status.textContent = await detailOf(response);
    return;
  }
  const { organizationName, inviterEmail } = await response.json();
  status.textContent = `${inviterEmail} invites you to ${organizationName}.`;
  for (const button of form.querySelectorAll("button")) button.hidden = false;
}

async function answer(decision) {
  const response = await fetch(`/api/auth/organization/${decision}-invitation`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ invitationId }),
  });
  if (!response.ok) {
    alert.textContent = await detailOf(response);
    return;
  }
  form.replaceChildren(decision === "accept" ? "You belong to it now." : "You have refused it.");
}

const unreachable = () => {
  alert.textContent = "The server cannot be reached. Try again in a moment.";
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  alert.textContent = "";
  answer(event.submitter.value).catch(unreachable);
});
show().catch(unreachable);
