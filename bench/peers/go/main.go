// Webhook is the least that a mutating webhook in Go can do and still be of use: net/http, the Pod as the Go type
// that everybody uses, and the injection of Pillion's profile log-tail written out as Go values. It has no profiles,
// no parameters, no conflicts, no reasons, no metrics and no log.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8443", "address to listen on")
	cert := flag.String("cert", "", "file of the certificate, in PEM")
	key := flag.String("key", "", "file of its private key, in PEM")
	flag.Parse()
	http.HandleFunc("POST /mutate", mutate)
	http.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	log.Fatal(http.ListenAndServeTLS(*addr, *cert, *key, nil))
}

func mutate(w http.ResponseWriter, r *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, "not an AdmissionReview", http.StatusBadRequest)
		return
	}
	response, err := respond(review.Request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// Whether the API server still reads it is its affair.
	_ = json.NewEncoder(w).Encode(admissionv1.AdmissionReview{TypeMeta: review.TypeMeta, Response: response})
}

func respond(request *admissionv1.AdmissionRequest) (*admissionv1.AdmissionResponse, error) {
	response := &admissionv1.AdmissionResponse{UID: request.UID, Allowed: true}
	var pod corev1.Pod
	if err := json.Unmarshal(request.Object.Raw, &pod); err != nil {
		return nil, err
	}
	if pod.Annotations["pillion.dev/inject"] == "" {
		return response, nil
	}
	patch, err := json.Marshal(inject(&pod))
	if err != nil {
		return nil, err
	}

	response.Patch, response.PatchType = patch, new(admissionv1.PatchTypeJSONPatch)
	return response, nil
}
