/**
 * Whether this page is that of a class, at the site's own port: then it shows the requests of one client, to that client,
 * and there is nothing to be changed. To be imported before what looks for the tabs.
 */

/** Where a class opens its page. */
const PLACE = /\/\.vitrine\/me\/$/;

export const isStudent = PLACE.test(location.pathname);

if (isStudent) {
  document.body.classList.add("student");
  for (const id of ["tab-whole", "tab-experiments", "tab-composer", "tab-class", "reset"]) {
    const element = document.getElementById(id);
    if (element !== null) element.hidden = true;
  }
  document.title = "My requests · Vitrine X-ray";
}
